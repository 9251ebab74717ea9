import type { InactivityWords } from '../inactivity.ts';
import { ago, count, days } from './amounts.ts';
import { ruleOf } from './rules.ts';

export const inactivityInNorwegian: InactivityWords = {
  title: 'Inaktivitet',
  parameters: {
    inactive_days: {
      label: 'Dager uten aktivitet',
      help: 'Påminnelsen sendes når det har gått så mange dager siden siste aktivitet, eller siden innmeldingen hvis det ikke er registrert noen aktivitet.',
    },
    max_reminders: {
      label: 'Høyeste antall påminnelser',
      help: 'Etter så mange påminnelser sendes det ingen flere før likepersonen har vært aktiv igjen. Tomt felt: ingen grense.',
    },
  },
  nobodyKnows: {
    why: 'ingen vet når likepersonen ble med eller sist var aktiv',
    until: 'likepersonen er aktiv',
  },
  lastActive: (n) => `sist aktiv ${ago(n)}`,
  joined: (n) => `ble med ${ago(n)} og har ikke vært aktiv siden`,
  remindedEnough: (last, times, scope, most) =>
    `${last}, og ble minnet ${count(times, 'gang', 'ganger')} etter det; ${ruleOf(scope)} tillater ${most}`,
  waits: (last, scope, n) => `${last}, og ${ruleOf(scope)} venter i ${days(n)}`,
  untilActiveAgain: 'likepersonen har vært aktiv igjen',
};
