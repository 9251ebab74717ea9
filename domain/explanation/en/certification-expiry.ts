import type { CertificationExpiryWords } from '../certification-expiry.ts';
import { count, list } from './amounts.ts';
import { ruleOf } from './rules.ts';

export const certificationExpiryInEnglish: CertificationExpiryWords = {
  title: 'Certification expiry',
  parameters: {
    lead_days: {
      label: 'Days before the expiry',
      help: 'One notification so many days before a certificate expires, for each number. 0 is the day itself. In any order.',
    },
  },
  none: { why: 'they hold no certificate that has yet to expire', until: 'they have one' },
  aCertificate: 'a certificate',
  neverExpires: (name) => `${name} never expires`,
  expires: (name, date, left) => `${name} expires on ${date}, ${left === 0 ? 'today' : `in ${count(left, 'day')}`}`,
  isRenewed: (expires, until) => `${expires}, and is renewed until ${until}`,
  wasTold: (expires, daysBefore) => `${expires}, and they were notified at ${count(daysBefore, 'day')}`,
  notifies: (expires, scope, leads) => `${expires}; ${ruleOf(scope)} notifies ${list(leads)} days before`,
  untilAnother: 'they have another certificate',
};
