/** Hours and limits, on the pages about rules. */
const en = {
  title: 'Hours and limits',
  lead: 'Notifications go out within these hours, on the mentor’s own clock, and at most so often. In each chapter one line counts: the chapter’s own, else its organisation’s, else the default.',
  whose: 'Whose',
  hours: 'Hours',
  anyHour: 'at any hour',
  limit: 'At most',
  noLimit: 'no limit',
  per: (_n: number, shown: string, days: number, shownDays: string) =>
    `${shown} in ${days === 1 ? 'a day' : `${shownDays} days`}`,
};

const nb: typeof en = {
  title: 'Varslingstid og grenser',
  lead: 'Varsler sendes innenfor varslingstiden, på likepersonens egen klokke, og høyst så ofte. I hvert lokallag gjelder én linje: lokallagets egen, ellers organisasjonens, ellers standarden.',
  whose: 'Hvem sin',
  hours: 'Varslingstid',
  anyHour: 'når som helst',
  limit: 'Grense',
  noLimit: 'ingen grense',
  per: (n, shown, days, shownDays) =>
    `høyst ${shown} ${n === 1 ? 'varsel' : 'varsler'} på ${days === 1 ? 'én dag' : `${shownDays} dager`}`,
};

export const policies = { en, nb };
