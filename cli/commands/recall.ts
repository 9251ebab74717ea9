import { Command, Option } from 'commander';
import { runsOfSweep } from '../../db/list-runs.ts';
import type { Withdrawal } from '../../db/withdrawals.ts';
import { CodedError, UsageError } from '../../domain/errors.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { examples } from '../examples.ts';
import { jsonOption, someScenariosOption } from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { withDatabase } from '../with-database.ts';

interface RecallOptions {
  scenario?: ScenarioType[];
  sweep?: string;
  all?: true;
  json: boolean;
}

export function recallCommand(): Command {
  return new Command('recall')
    .description('withdraw notifications that are claimed and of which nothing has left')
    .addOption(someScenariosOption('of these scenario types'))
    .option('--sweep <id>', 'of this sweep, by its workflow id')
    .addOption(new Option('--all', 'everything that has not left').conflicts(['scenario', 'sweep']))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Run "scenario-push halt" first: what is claimed afterwards is not withdrawn, and a sweep that runs claims more.
${examples('recall --scenario milestone', 'recall --sweep sweep-inactivity-2026-11-20T11:07:00Z', 'recall --all --json')}`,
    )
    .action(async ({ scenario, sweep, all, json }: RecallOptions) => {
      if (!scenario && sweep === undefined && !all) {
        throw new UsageError('E_RECALL_WHAT', 'recall: expected --scenario, --sweep or --all', {
          fix: '"scenario-push runs --json" shows the workflow ids of sweeps',
        });
      }
      const { withdrawal, sent } = await withDatabase(async ({ db, repository }) => {
        const runs = sweep === undefined ? null : await runsOfSweep(db, sweep);
        if (runs?.length === 0) {
          throw new CodedError('E_SWEEP_UNKNOWN', `recall: this database knows of no sweep "${sweep}"`, {
            fix: '"scenario-push runs --json" shows the workflow ids of sweeps',
          });
        }
        const which = { scenarioTypes: scenario ?? null, workflowId: sweep ?? null };
        const done = await repository.withdrawClaims(which, 'recalled', new Date());
        const asked =
          runs && (await runsOfSweep(db, sweep!)).filter((run) => !scenario || scenario.includes(run.scenario_type));
        return { withdrawal: done, sent: asked ? asked.reduce((sum, run) => sum + run.sent, 0) : null };
      });
      if (json) printJson({ ...withdrawal, ...(sent !== null && { sent }) });
      else printLine(describe(withdrawal, sent));
    });
}

function describe({ withdrawn, left_alone }: Withdrawal, sent: number | null): string {
  return [
    withdrawn > 0
      ? `withdrew ${withdrawn}: they are not sent`
      : 'nothing was withdrawn: nothing waits that has not left',
    ...(left_alone > 0 ? [`left ${left_alone} alone: they may have left already, or wait for their answer`] : []),
    ...(sent ? [`${sent} of it ${sent === 1 ? 'was' : 'were'} sent already: what is sent cannot be recalled`] : []),
  ].join('\n');
}
