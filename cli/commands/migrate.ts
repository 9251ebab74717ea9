import { Command, InvalidArgumentError } from 'commander';
import { migrateDown, migrateUp, migrationStatus, type MigrationStep } from '../../db/migrate.ts';
import { confirm, yesOption } from '../confirm.ts';
import { examples } from '../examples.ts';
import { jsonOption, parseWhole } from '../options.ts';
import { printJson, printLine, printTable } from '../output.ts';
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
          ['migration', 'applied'],
          rows.map((row) => [row.name, row.appliedAt?.toISOString() ?? row.appliedBy ?? 'missing']),
        );
      }
    });

  return command;
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
