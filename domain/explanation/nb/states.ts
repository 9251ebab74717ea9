import type { StatePhrases } from '../states.ts';

export const statesInNorwegian: StatePhrases = {
  verdicts: {
    send: 'skal varsles',
    suppressed: 'aktuell, men varsles ikke',
    not_due: 'ikke aktuell',
    off: 'slått av',
  },
  claims: {
    open: 'klargjort, ikke sendt ennå',
    unknown: 'kan ha kommet fram, og prøves igjen',
    sent: 'sendt',
    held: 'kan ha kommet fram, og en driftsansvarlig avgjør det',
    released: 'ikke sendt',
  },
  setAside: (isAlone, sqlstate) =>
    `en gjennomgang hoppet over ${isAlone ? 'denne likepersonen' : 'alle under denne regelen'}, fordi vurderingen ${sqlstate === null ? 'tok for lang tid' : `feilet med SQLSTATE ${sqlstate}`}`,
};
