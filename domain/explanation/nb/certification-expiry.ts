import type { CertificationExpiryWords } from '../certification-expiry.ts';
import { days, list } from './amounts.ts';
import { ruleOf } from './rules.ts';

export const certificationExpiryInNorwegian: CertificationExpiryWords = {
  title: 'Sertifikat som utløper',
  parameters: {
    lead_days: {
      label: 'Dager før utløp',
      help: 'Ett varsel så mange dager før et sertifikat utløper, for hvert av tallene. 0 er selve dagen. Rekkefølgen spiller ingen rolle.',
    },
  },
  none: { why: 'har ikke noe gyldig sertifikat', until: 'likepersonen får et sertifikat' },
  aCertificate: 'et sertifikat',
  neverExpires: (name) => `${name} utløper aldri`,
  expires: (name, date, left) => `${name} utløper ${date}, ${left === 0 ? 'i dag' : `om ${days(left)}`}`,
  isRenewed: (expires, until) => `${expires}, og er fornyet til ${until}`,
  wasTold: (expires, left) => `${expires}, og det ble varslet da det var ${days(left)} igjen`,
  notifies: (expires, scope, leads) => `${expires}; ${ruleOf(scope)} varsler ${daysBefore(leads)}`,
  untilAnother: 'likepersonen får et nytt sertifikat',
};

/** `1 dag før`, `60, 30 og 7 dager før`. */
function daysBefore(leads: readonly number[]): string {
  return `${list(leads)} ${leads.at(-1) === 1 ? 'dag' : 'dager'} før`;
}
