import type { StatePhrases } from '../states.ts';

export const statesInEnglish: StatePhrases = {
  verdicts: {
    send: 'due',
    suppressed: 'due, but not told',
    not_due: 'not due',
    off: 'off',
  },
  claims: {
    open: 'claimed, not sent yet',
    unknown: 'may have arrived, and is tried again',
    sent: 'sent',
    held: 'may have arrived, and an operator decides',
    released: 'not sent',
  },
  setAside: (isAlone, sqlstate) =>
    `a sweep evaluated all but ${isAlone ? 'this mentor' : 'everybody under this rule'}, which ${sqlstate === null ? 'took too long' : `failed with SQLSTATE ${sqlstate}`}`,
};
