import type { ReleasePhrases } from '../withdrawal.ts';

export const releasesInEnglish: ReleasePhrases = {
  released: {
    opted_out: 'withdrawn: opted out meanwhile',
    not_active: 'withdrawn: no longer an active peer mentor',
    rule_off: 'withdrawn: the rule was switched off',
    no_longer_due: 'withdrawn: no longer due',
    braked: 'withdrawn: braked, and nobody had it sent',
    recalled: 'withdrawn: recalled by an operator',
    stopped: 'withdrawn: its sweep was stopped',
    rejected: 'not sent: the push service refused it',
    no_device_token: 'not sent: no device is left',
    not_tried_in_time: 'not sent: its time to live was over before its turn came',
    operator: 'released by an operator: it did not arrive',
  },
  releasedOtherwise: (reason) => `not sent, ${reason}`,
  waitsFor: {
    opted_out: 'they have to opt in again',
    not_active: 'they have to be an active peer mentor again',
    rule_off: 'the rule has to be switched on again',
    no_longer_due: 'it has to be due again',
    no_device_token: 'their app has to register a device',
  },
  waitsForEvaluation: 'the next evaluation claims it again if it is still due',
};
