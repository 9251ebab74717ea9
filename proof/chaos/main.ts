#!/usr/bin/env node
// npm run chaos -- --help
import { rmSync } from 'node:fs';
import { Command, Option } from 'commander';
import { jsonOption, parseWhole } from '../../cli/options.ts';
import { printJson } from '../../cli/output.ts';
import { log, runCommand } from '../support/command.ts';
import { Children } from './children.ts';
import { endOnSignals, makeFolder } from './own-folder.ts';
import { planQuickRun, planRun, type Policy, type RunPlan } from './plan.ts';
import { printSummary, summarise } from './report.ts';
import { forgetRun, runOnce, type RunResult } from './run.ts';
import { SABOTAGE_NAMES, type SabotageName } from './sabotage/names.ts';
import { Stack } from './stack.ts';
import { isKillOrFreeze, total } from './tally.ts';

interface Options {
  runs: number;
  seed: number;
  policy: Policy;
  json: boolean;
  sabotage: SabotageName | null;
  quick: boolean;
  keep: boolean;
  folder?: string;
}

const command = new Command('chaos')
  .description(
    'whole runs with real processes under faults drawn from a seed; what was sent is held against the ledger of the push service',
  )
  .option('--runs <n>', 'how many runs, each from a seed of its own', parseWhole(1), 10)
  .option('--seed <n>', 'the first seed; a failing run names its own', parseWhole(1), 1)
  .addOption(new Option('--policy <policy>', 'on_unknown of every rule').choices(['resend', 'hold']).default('resend'))
  .addOption(
    new Option('--sabotage <how>', 'break the service on purpose: the run must fail')
      .choices(SABOTAGE_NAMES)
      .default(null, 'none'),
  )
  .option('--quick', 'fewer faults, some ten seconds a run', false)
  .option('--keep', 'keep the folder with databases, ledgers and logs', false)
  .option('--folder <path>', 'where to work (default: a new one among the temporary files)')
  .addOption(jsonOption())
  .addHelpText('after', '\nExit code: 0 every rule held in every run, 1 one did not, 2 misused.');

const children = new Children();
const started = performance.now();

await runCommand(command, async () => {
  process.exitCode = await runAll(command.opts<Options>());
});
children.endAll('SIGQUIT');
// Whatever a broken run still holds on to must not keep this process.
setTimeout(() => process.exit(), 2_000).unref();

async function runAll({ runs, seed, policy, json, sabotage, quick, keep, folder: given }: Options): Promise<number> {
  const folder = given ?? makeFolder('chaos');
  endOnSignals(children);
  const stack = await Stack.start(folder, children);
  log('PostgreSQL and Temporal are up.');
  const results: RunResult[] = [];
  try {
    for (let n = 0; n < runs; n++) {
      const plan = (quick ? planQuickRun : planRun)(seed + n, policy);
      const result = await runOnce(plan, stack, children, sabotage).catch((error: unknown) => brokenRun(plan, error));
      results.push(result);
      tell(result, { json, quick });
      if (result.violations.length === 0) await forgetRun(result, stack);
    }
  } finally {
    await stack.stop();
    if (!keep && !given && results.every((result) => result.violations.length === 0))
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  const summary = summarise(results, policy, (performance.now() - started) / 1_000);
  if (json) printJson({ summary });
  else console.log(printSummary(summary));
  return summary.violations === 0 ? 0 : 1;
}

/** A run that could not be carried through proves nothing: it counts as failed. */
function brokenRun(plan: RunPlan, error: unknown): RunResult {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const nothing = {
    due: 0,
    sentOnce: 0,
    sentAgain: 0,
    unexplained: 0,
    held: 0,
    heldUnsent: 0,
    refused: 0,
    withdrawn: 0,
    missed: 0,
  };
  return { ...nothing, plan, tally: {}, seconds: 0, notes: [], violations: [{ rule: 'run broke off', detail }] };
}

function tell(result: RunResult, { json, quick }: { json: boolean; quick: boolean }): void {
  const { plan, tally, violations, notes, ...numbers } = result;
  log(
    `seed ${plan.seed} ${plan.policy} ${plan.timing} ${plan.sweeps}: ${result.seconds.toFixed(1)} s, ${total(tally)} faults (${total(tally, isKillOrFreeze)} kills and freezes), ` +
      `${result.due} due, ${result.sentOnce} once, ${result.sentAgain} again, ${result.refused} refused, ${result.withdrawn} withdrawn, ${result.missed} missed, ${violations.length} violations`,
  );
  for (const [rule, all] of Map.groupBy(violations, (violation) => violation.rule)) {
    log(
      `  ${rule} (${all.length}): ${all
        .slice(0, 4)
        .map((each) => each.detail)
        .join(' | ')}`,
    );
  }
  if (violations.length > 0)
    log(
      `  replay with --seed ${plan.seed} --runs 1 --policy ${plan.policy}${quick ? ' --quick' : ''}; ${JSON.stringify({ points: plan.points, timed: plan.timed, notes })}`,
    );
  if (json)
    printJson({
      seed: plan.seed,
      policy: plan.policy,
      timing: plan.timing,
      sweeps: plan.sweeps,
      faults: tally,
      ...numbers,
      violations: violations.slice(0, 50),
      notes,
    });
}
