import { Command } from 'commander';
import { webUiAddress, workflowPage } from '../../client/web-ui.ts';
import { currentHalt } from '../../db/halts.ts';
import { failuresOfRuns, listRuns, type Failures, type Run } from '../../db/list-runs.ts';
import { examples } from '../examples.ts';
import { shortTime } from '../local-time.ts';
import { jsonOption, parseWhole } from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { paint } from '../paint.ts';
import { haltNotice } from '../sending-notice.ts';
import { reasons } from '../sweep-result.ts';
import { printFields } from '../table.ts';
import { withDatabase } from '../with-database.ts';

/** With what the command knows besides: its failures by code, and the address of its page. */
type ShownRun = Run & { readonly failures: Failures; readonly page: string | null };

export function runsCommand(): Command {
  return new Command('runs')
    .description('list the latest sweeps: how each ended, and for each scenario type what became of its candidates')
    .option('--limit <n>', 'how many, counted by scenario type', parseWhole(1), 20)
    .addOption(jsonOption())
    .addHelpText('after', examples('runs', 'runs --limit 4 --json'))
    .action(async ({ limit, json }: { limit: number; json: boolean }) => {
      const pageOf = await pages();
      const { runs, halt } = await withDatabase(async ({ db }) => {
        const listed = await listRuns(db, limit);
        const failures = await failuresOfRuns(
          db,
          listed.map(({ id }) => id),
        );
        return {
          runs: listed.map((run) => ({ ...run, failures: failures.get(run.id) ?? {}, page: pageOf(run.workflow_id) })),
          halt: await currentHalt(db),
        };
      });
      if (halt) process.stderr.write(`${haltNotice(halt)}\n`);
      if (json) return runs.forEach(printJson);
      if (runs.length === 0) return printLine('no sweep yet');
      for (const [i, run] of runs.entries()) {
        const before = runs[i - 1];
        const isOfSameSweep = before?.workflow_id === run.workflow_id && before.first_run_id === run.first_run_id;
        if (!isOfSameSweep) printSweep(run, before !== undefined);
        printRun(run);
      }
    });
}

/** Finds the page of a workflow in the Temporal Web UI, where its address is known. */
async function pages(): Promise<(workflowId: string) => string | null> {
  const webUi = webUiAddress(process.env);
  if (webUi === null) return () => null;
  // Not before it is needed: loading it takes longer than most commands.
  const { temporalConfig } = await import('../../client/connect-temporal.ts');
  const { namespace = 'default' } = temporalConfig();
  return (workflowId) => workflowPage(webUi, namespace, workflowId);
}

function printSweep({ workflow_id, page, started_at, as_of }: ShownRun, isAnother: boolean): void {
  printLine(`${isAnother ? '\n' : ''}${paint('bold', workflow_id)}`);
  // In one piece, however long: an address on two lines cannot be opened.
  if (page) printLine(`  ${page}`);
  printLine(`  started ${shortTime(started_at)}, as of ${shortTime(as_of)}`);
}

function printRun(run: ShownRun): void {
  printLine(`  ${run.scenario_type}: ${run.state}${run.brake ? braked(run.brake) : ''}`);
  const outcomes = (['sent', 'failed', 'unknown', 'deferred', 'withdrawn'] as const).filter(
    (outcome) => outcome === 'sent' || run[outcome] > 0,
  );
  const lines: [string, string][] = [
    ['mentors', `${run.mentors_evaluated}${misconfigured(run)}`],
    ['due', `${run.candidates}`],
    ['suppressed', reasons(run.suppressed)],
    ['claimed', `${run.claimed}: ${outcomes.map((outcome) => `${run[outcome]} ${outcome}`).join(', ')}`],
    ['failed', reasons(run.failures)],
  ];
  printFields(
    lines.filter(([, text]) => text !== '0'),
    4,
  );
}

function misconfigured({ mentors_misconfigured: n }: Run): string {
  return n > 0 ? `, and ${n} left out: their rule cannot be read` : '';
}

/** ` (4812 instead of 130)`: what it was braked for, also after somebody answered. */
function braked({ expected, usual }: NonNullable<Run['brake']>): string {
  return ` (${expected} instead of ${usual})`;
}
