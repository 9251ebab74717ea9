import { Command, Option } from 'commander';
import type { Kysely } from 'kysely';
import { runsOfSweep, sweepsLike } from '../../db/list-runs.ts';
import type { Database } from '../../db/tables.ts';
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
    .option('--sweep <id>', 'of this sweep, by its workflow id or the beginning of it')
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
          fix: '"scenario-push runs" shows the workflow ids of sweeps',
        });
      }
      const { withdrawal, sent } = await withDatabase(async ({ db, repository }) => {
        const workflowId = sweep === undefined ? null : await theOneSweep(db, sweep);
        const which = { scenarioTypes: scenario ?? null, workflowId };
        const done = await repository.withdrawClaims(which, 'recalled', new Date());
        const runs = workflowId === null ? null : await runsOfSweep(db, workflowId);
        const asked = runs?.filter((run) => !scenario || scenario.includes(run.scenario_type));
        return { withdrawal: done, sent: asked ? asked.reduce((sum, run) => sum + run.sent, 0) : null };
      });
      if (json) printJson({ ...withdrawal, ...(sent !== null && { sent }) });
      else printLine(describe(withdrawal, sent));
    });
}

/** Throws E_SWEEP_UNKNOWN and E_WHICH_SWEEP. */
async function theOneSweep(db: Kysely<Database>, text: string): Promise<string> {
  const [only, ...others] = await sweepsLike(db, text);
  if (only === undefined) {
    throw new CodedError(
      'E_SWEEP_UNKNOWN',
      `recall: this database knows of no sweep "${text}", and of none that begins so`,
      {
        fix: '"scenario-push runs" shows the workflow ids of sweeps',
      },
    );
  }
  if (others.length === 0) return only;
  const lines = [only, ...others].map((id) => `  ${id}`);
  throw new UsageError('E_WHICH_SWEEP', `${text} begins the workflow ids of several sweeps:\n${lines.join('\n')}`, {
    fix: 'type more of it',
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
