import type { RuleComparison } from '../answers/rule-comparison.ts';
import { printLine } from './output.ts';
import { printTable } from './table.ts';

/** How many differences a comparison has to keep to be printed. */
export const MOST_PRINTED = 20;

export function printRuleComparison({ changes, differences }: RuleComparison): void {
  printTable(
    ['scenario', 'send now', 'send then', 'added', 'dropped'],
    changes.map(([type, { sendNow, sendThen, added, dropped }]) => [type, sendNow, sendThen, added, dropped]),
  );
  for (const { change, user_id, scenario_type, occurrence } of differences) {
    printLine(`  ${change.padEnd(8)} ${scenario_type} ${user_id}${occurrence && `\n           ${occurrence}`}`);
  }
  const all = changes.reduce((sum, [, { added, dropped }]) => sum + added + dropped, 0);
  if (all > differences.length) printLine(`  and ${all - differences.length} more: --json lists them all`);
}
