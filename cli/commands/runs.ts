import { Command } from 'commander';
import { examples } from '../examples.ts';
import { jsonOption, parseWhole } from '../options.ts';
import { printJson, printTable, reasons } from '../output.ts';
import { withDatabase } from '../with-database.ts';

export function runsCommand(): Command {
  return new Command('runs')
    .description('list the latest sweeps, a line per scenario type')
    .option('--limit <n>', 'how many', parseWhole(1), 20)
    .addOption(jsonOption())
    .addHelpText('after', examples('runs', 'runs --limit 4 --json'))
    .action(async ({ limit, json }: { limit: number; json: boolean }) => {
      const rows = await withDatabase(({ db }) =>
        db
          .selectFrom('evaluation_runs')
          .selectAll()
          .orderBy('started_at', 'desc')
          .orderBy('scenario_type')
          .limit(limit)
          .execute(),
      );
      if (json) return rows.forEach(printJson);
      printTable(
        ['started', 'scenario', 'as of', 'state', 'mentors', 'candidates', 'suppressed', 'sent', 'failed', 'unknown'],
        rows.map((row) => [
          row.started_at.toISOString(),
          row.scenario_type,
          row.as_of.toISOString(),
          row.finished_at ? 'finished' : 'running',
          row.mentors_evaluated,
          row.candidates,
          reasons(row.suppressed),
          row.sent,
          row.failed,
          row.unknown,
        ]),
      );
    });
}
