import { Command, InvalidArgumentError, Option } from 'commander';
import { effect, sum, type ActiveAgain, type Comparison, type Effect } from '../../answers/effect.ts';
import { UNTOLD_REASONS } from '../../db/effect.ts';
import { UsageError } from '../../domain/errors.ts';
import { isDay } from '../../domain/instant.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { examples } from '../examples.ts';
import { localTime } from '../local-time.ts';
import { jsonOption, parseScenarioType } from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { printTable } from '../table.ts';
import { withDatabase } from '../with-database.ts';

const SHOWN = 8;
const HEAD = ['told', 'active again', 'not told', 'active again', 'waiting'];

export function effectCommand(): Command {
  return new Command('effect')
    .description(
      'of those reminded of inactivity, how many were active again within 14 days, beside those due and not told',
    )
    .addOption(
      new Option('-s, --scenario <type>', 'inactivity: of the others it cannot be known')
        .argParser(parseScenarioType)
        .default('inactivity'),
    )
    .option('--since <date>', 'told, or due, on this day or later, YYYY-MM-DD (default: a year ago)', parseDay)
    .addOption(jsonOption())
    .addHelpText('after', examples('effect', 'effect --since 2026-09-01', 'effect --json'))
    .action(async ({ scenario, since, json }: { scenario: ScenarioType; since?: string; json: boolean }) => {
      if (scenario !== 'inactivity') throw unknowable(scenario);
      const found = await withDatabase(({ db }) => effect(db, { since, now: new Date() }));
      if (json) printAsJson(found);
      else print(found);
    });
}

function unknowable(scenario: ScenarioType): UsageError {
  return new UsageError('E_EFFECT_UNKNOWN', `effect: nothing that is stored says whether ${scenario} helped`, {
    fix: 'ask about inactivity; docs/decisions/0015-did-it-help.md says why',
  });
}

function parseDay(text: string): string {
  if (!isDay(text)) throw new InvalidArgumentError(`expected a day such as 2026-09-01, got "${text}".`);
  return text;
}

function printAsJson({ asOf, since, withinDays, cells, all, untold }: Effect): void {
  for (const cell of cells) {
    const { reason, scenario_rule_id, organization_id, month } = cell;
    const where = { scenario_type: 'inactivity', scenario_rule_id, organization_id, month };
    printJson({ ...where, told: reason === null, reason, ...sum([cell]) });
  }
  const about = { scenario_type: 'inactivity', as_of: asOf.toISOString(), since, within_days: withinDays };
  printJson({ summary: { ...about, told: all.told, not_told: all.notTold, not_told_by_reason: untold } });
}

function print(found: Effect): void {
  const { asOf, since, withinDays, all, byMonth, byOrganization, byRule, untold, names } = found;
  printLine(`Active again within ${withinDays} days, of mentors told or due since ${since}`);
  printLine(`as of ${localTime(asOf)}\n`);
  printTable(['inactivity', ...HEAD], [row('all', all)]);
  printComparisons('month', byMonth, (key) => key);
  printComparisons('organisation', byOrganization, (id) => names.get(id) ?? id.slice(0, SHOWN));
  printComparisons('rule', byRule, (id) => id.slice(0, SHOWN));
  printLine('');
  printTable(
    ['not told', 'mentors', 'active again', 'waiting'],
    UNTOLD_REASONS.map((reason) => [reason, untold[reason].people, share(untold[reason]), untold[reason].waiting]),
  );
  printLine(`
This is no experiment: who has no device, has opted out or was capped differs
from those who were told in other ways as well, so the difference is not what
the reminder did. In brackets the 95 % interval (Wilson). Whose ${withinDays} days are not
over is waiting, and in neither share. "other" (failed, withdrawn, above a
limit) is in no comparison.`);
}

function printComparisons(title: string, comparisons: readonly Comparison[], name: (key: string) => string): void {
  if (comparisons.length === 0) return;
  printLine('');
  printTable(
    [title, ...HEAD],
    comparisons.map((each) => row(each.key === null ? '(none)' : name(each.key), each)),
  );
}

function row(name: string, { told, notTold }: Comparison): (string | number)[] {
  return [name, told.people, share(told), notTold.people, share(notTold), told.waiting + notTold.waiting];
}

/** `34 % (31–37)` */
function share({ share: of, low, high }: ActiveAgain): string {
  if (of === null || low === null || high === null) return '–';
  const [percent, from, to] = [of, low, high].map((n) => Math.round(n * 100));
  return `${percent} % (${from}–${to})`;
}
