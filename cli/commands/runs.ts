import { Command } from 'commander';
import { currentHalt } from '../../db/halts.ts';
import { listRuns, type Run } from '../../db/list-runs.ts';
import { examples } from '../examples.ts';
import { jsonOption, parseWhole } from '../options.ts';
import { printJson, printTable, reasons } from '../output.ts';
import { haltNotice } from '../sending-notice.ts';
import { withDatabase } from '../with-database.ts';

export function runsCommand(): Command {
  return new Command('runs')
    .description('list the latest sweeps, a line per scenario type')
    .option('--limit <n>', 'how many', parseWhole(1), 20)
    .addOption(jsonOption())
    .addHelpText('after', examples('runs', 'runs --limit 4 --json'))
    .action(async ({ limit, json }: { limit: number; json: boolean }) => {
      const { runs, halt } = await withDatabase(async ({ db }) => ({
        runs: await listRuns(db, limit),
        halt: await currentHalt(db),
      }));
      if (halt) process.stderr.write(`${haltNotice(halt)}\n`);
      if (json) return runs.forEach(printJson);
      printTable(
        [
          'started',
          'scenario',
          'as of',
          'state',
          'mentors',
          'candidates',
          'suppressed',
          'claimed',
          'sent',
          'failed',
          'unknown',
          'deferred',
          'withdrawn',
        ],
        runs.map((run) => [
          run.started_at.toISOString(),
          run.scenario_type,
          run.as_of.toISOString(),
          run.brake ? `${run.state}${braked(run.brake)}` : run.state,
          run.mentors_evaluated,
          run.candidates,
          reasons(run.suppressed),
          run.claimed,
          run.sent,
          run.failed,
          run.unknown,
          run.deferred,
          run.withdrawn,
        ]),
      );
    });
}

/** ` (4812 instead of 130)`: what it was braked for, also after somebody answered. */
function braked({ expected, usual }: NonNullable<Run['brake']>): string {
  return ` (${expected} instead of ${usual})`;
}
