import type { MilestoneWords } from '../milestone.ts';
import { count, list } from './amounts.ts';
import { ruleOf } from './rules.ts';

export const milestoneInNorwegian: MilestoneWords = {
  title: 'Milepæl',
  parameters: {
    thresholds: {
      label: 'Milepæler',
      help: 'Antall samtaler i kalenderåret, i stigende rekkefølge. Hver milepæl varsles én gang i året.',
    },
    summary_max_age_hours: {
      label: 'Høyeste alder på årssammendraget, i timer',
      help: 'Er årssammendraget eldre, telles aktivitetene i stedet. Tomt felt: sammendraget gjelder uansett alder.',
    },
  },
  held: (n, year) => `${sessions(n)} i ${year}`,
  reached: (held, thresholds) =>
    `${held}; ${thresholds.length === 1 ? 'milepælen' : 'milepælene'} ${list(thresholds)} er nådd`,
  nextIs: (held, scope, threshold) => `${held}, og neste milepæl i ${ruleOf(scope)} er ${threshold}`,
  noneBeyond: (held, scope, threshold) => `${held}, og ${ruleOf(scope)} har ingen milepæl over ${threshold}`,
  untilHeld: (n) => `likepersonen har hatt ${sessions(n)}`,
  untilNewYear: 'likepersonen når årets første milepæl i et nytt år',
};

function sessions(n: number): string {
  return count(n, 'samtale', 'samtaler');
}
