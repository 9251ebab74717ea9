import { Command, InvalidArgumentError } from 'commander';
import { indexesToMake } from '../../db/indexes-to-make.ts';
import { exportMigrations, type MigrationExport } from '../../db/migration-export.ts';
import { migrateDown, migrateUp, migrationStatus, type MigrationStep } from '../../db/migrate.ts';
import { confirm, yesOption } from '../confirm.ts';
import { examples } from '../examples.ts';
import { shortTime } from '../local-time.ts';
import { jsonOption, parseWhole } from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { printTable } from '../table.ts';
import { describeTarget, withDatabase } from '../with-database.ts';

export function migrateCommand(): Command {
  const command = new Command('migrate')
    .description('bring the database to the schema of this build, or back')
    .addHelpText('after', examples('migrate status', 'migrate up'));

  command
    .command('up')
    .description('apply every migration that is missing; twice changes nothing')
    .addOption(jsonOption())
    .addHelpText('after', examples('migrate up'))
    .action(async ({ json }: { json: boolean }) => {
      report(await withDatabase(({ db }) => migrateUp(db)), json, 'nothing to apply: the schema is current');
    });

  command
    .command('down')
    .description('take back the latest migrations; tables that were there before stay')
    .option('--steps <n|all>', 'how many; "all" asks first', parseSteps, 1)
    .addOption(yesOption())
    .addOption(jsonOption())
    .addHelpText('after', examples('migrate down', 'migrate down --steps 3', 'migrate down --steps all --yes'))
    .action(async ({ steps, yes, json }: { steps: number | 'all'; yes: boolean; json: boolean }) => {
      if (steps === 'all') {
        await confirm(`migrate down: this deletes all that the service has stored in ${describeTarget()}`, yes);
      }
      report(await withDatabase(({ db }) => migrateDown(db, { steps })), json, 'nothing to take back');
    });

  command
    .command('status')
    .description('list the migrations of this build and when each was applied')
    .addOption(jsonOption())
    .addHelpText('after', examples('migrate status', 'migrate status --json'))
    .action(async ({ json }: { json: boolean }) => {
      const rows = await withDatabase(({ db }) => migrationStatus(db));
      if (json) {
        for (const row of rows) printJson({ name: row.name, applied_at: row.appliedAt, applied_by: row.appliedBy });
      } else {
        printTable(
          ['applied', 'migration'],
          rows.map((row) => [row.appliedAt ? shortTime(row.appliedAt) : (row.appliedBy ?? 'missing'), row.name]),
        );
      }
    });

  command
    .command('export')
    .description("copy the migrations into another project's folder, such as a Supabase project's")
    .requiredOption('--to <folder>', 'where that project keeps its migrations')
    .addOption(jsonOption())
    .addHelpText('after', examples('migrate export --to ../app/supabase/migrations'))
    .action(({ to, json }: { to: string; json: boolean }) => reportExport(exportMigrations(to), json));

  command
    .command('indexes')
    .description('print the indexes that "migrate up" would make on tables that are there, to make them beforehand')
    .addOption(jsonOption())
    .addHelpText('after', examples('migrate indexes', 'migrate indexes | psql "$DATABASE_URL"'))
    .action(async ({ json }: { json: boolean }) => {
      const indexes = await withDatabase(({ db }) => indexesToMake(db));
      if (json) return printJson({ indexes });
      if (indexes.length === 0) printLine('-- nothing to make beforehand');
      for (const statement of indexes) printLine(statement);
    });

  return command;
}

function reportExport({ folder, copied, unchanged, later }: MigrationExport, json: boolean): void {
  if (json) return printJson({ folder, copied, unchanged, later });
  if (copied.length === 0) return printLine(`nothing to copy: ${folder} has all ${unchanged.length} migrations`);
  printLine(`copied ${copied.length} migrations to ${folder}; ${unchanged.length} were there`);
  const push = later.length > 0 ? 'supabase db push --include-all' : 'supabase db push';
  if (later.length > 0) printLine(`later than some of them: ${later.join(', ')}`);
  printLine(`next: commit them with that project, look at "${push} --dry-run", then "${push}"`);
}

function report(steps: readonly MigrationStep[], json: boolean, nothing: string): void {
  if (json) return printJson({ steps });
  if (steps.length === 0) printLine(nothing);
  for (const step of steps) printLine(`${step.direction === 'up' ? 'applied' : 'took back'} ${step.name}`);
}

function parseSteps(text: string): number | 'all' {
  if (text === 'all') return 'all';
  try {
    return parseWhole(1)(text);
  } catch {
    throw new InvalidArgumentError(`expected a whole number, 1 or more, or "all", got "${text}".`);
  }
}
