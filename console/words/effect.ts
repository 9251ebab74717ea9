import type { UntoldReason } from '../../db/effect.ts';

const en = {
  about: (since: string) =>
    `Of the peer mentors who were reminded of inactivity since ${since}: how many were active again within 14 days, beside those who were due and were not told.`,
  noExperiment:
    'This is no experiment. Who has no device, has opted out or was capped differs from those who were told in other ways as well, so the difference is not what the reminder did.',
  interval: 'In brackets the 95 % interval (Wilson). Whose 14 days are not over is waiting, and in neither share.',
  since: 'Since',
  show: 'Show',
  counting: 'This is being counted. The page looks again by itself in a few seconds.',
  noDay: 'Expected a day such as 2026-09-01.',
  nobody: 'Nobody was reminded of inactivity, or due, in that time.',
  countedAt: 'Counted',
  all: 'All',
  byMonth: 'By month',
  byOrganization: 'By organisation',
  byRule: 'By rule',
  untold: 'Not told, by reason',
  who: 'Who',
  month: 'Month',
  organization: 'Organisation',
  rule: 'Rule',
  reason: 'Reason',
  told: 'Told',
  notTold: 'Not told',
  activeAgain: 'Active again',
  waiting: 'Waiting',
  people: 'Peer mentors',
  none: 'none',
  reasons: {
    no_device_token: 'no device',
    opted_out: 'opted out',
    capped: 'told of other things often enough',
    other: 'another reason (failed, withdrawn, above a limit); in no comparison',
  } satisfies Record<UntoldReason, string> as Record<UntoldReason, string>,
};

const nb: typeof en = {
  about: (since) =>
    `Av likepersonene som ble minnet om inaktivitet siden ${since}: hvor mange som var aktive igjen innen 14 dager, ved siden av dem som skulle varsles og ikke ble det.`,
  noExperiment:
    'Dette er ikke noe forsøk. De som ikke har en enhet, har reservert seg eller har nådd grensen, skiller seg også på andre måter fra dem som ble varslet. Forskjellen er derfor ikke virkningen av påminnelsen.',
  interval:
    'I parentes 95 %-intervallet (Wilson). De som fortsatt har igjen noe av de 14 dagene, venter og er ikke med i andelene.',
  since: 'Siden',
  show: 'Vis',
  counting: 'Dette telles nå. Siden ser etter igjen av seg selv om noen sekunder.',
  noDay: 'Skriv en dag som 2026-09-01.',
  nobody: 'Ingen ble minnet om inaktivitet, eller skulle varsles, i den tiden.',
  countedAt: 'Telt',
  all: 'Alle',
  byMonth: 'Per måned',
  byOrganization: 'Per organisasjon',
  byRule: 'Per regel',
  untold: 'Ikke varslet, etter grunn',
  who: 'Hvem',
  month: 'Måned',
  organization: 'Organisasjon',
  rule: 'Regel',
  reason: 'Grunn',
  told: 'Varslet',
  notTold: 'Ikke varslet',
  activeAgain: 'Aktive igjen',
  waiting: 'Venter',
  people: 'Likepersoner',
  none: 'ingen',
  reasons: {
    no_device_token: 'ingen enhet',
    opted_out: 'har reservert seg',
    capped: 'har fått nok andre varsler',
    other: 'en annen grunn (feilet, trukket tilbake, over en grense); er ikke med i sammenligningen',
  },
};

export const effect = { en, nb };
