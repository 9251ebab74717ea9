import type { ScheduleHandle } from '@temporalio/client';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_SCHEDULES, scheduleIdOf } from '../../client/schedule-definitions.ts';
import { listSchedules, type ScheduleRow } from '../../client/schedule-rows.ts';
import { configuredSchedules } from '../../client/schedule-settings.ts';
import { applySchedules, ownSchedule, ownSchedules, type ScheduleChange } from '../../client/schedules.ts';
import { UsageError } from '../../domain/errors.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { examples } from '../examples.ts';
import { jsonOption } from '../options.ts';
import { shortTime } from '../local-time.ts';
import { oneLine, printJson, printLine } from '../output.ts';
import { paint } from '../paint.ts';
import { printFields } from '../table.ts';
import { withTemporal } from '../with-temporal.ts';

export function schedulesCommand(): Command {
  const command = new Command('schedules')
    .description('the Temporal Schedules that start the sweeps')
    .addHelpText('after', examples('schedules apply --dry-run', 'schedules list', 'schedules pause inactivity'));
  command.addCommand(applyCommand());
  command.addCommand(listCommand());
  const note = new Option('--note <text>', 'what the Web UI and "schedules list" say about it');
  command.addCommand(
    each('pause', 'start no more sweeps', 'paused', (schedule, text) => schedule.pause(text ?? 'Paused by hand.'))
      .addOption(note)
      .addHelpText(
        'after',
        examples('schedules pause inactivity milestone', 'schedules pause --all --note "new texts on Monday"'),
      ),
  );
  command.addCommand(
    each('resume', 'start sweeps again', 'resumed', (schedule, text) => schedule.unpause(text ?? 'Resumed by hand.'))
      .addOption(note)
      .addHelpText('after', examples('schedules resume inactivity', 'schedules resume --all --note "texts are in"')),
  );
  command.addCommand(
    each('trigger', 'start a sweep now', 'triggered', (schedule) => schedule.trigger()).addHelpText(
      'after',
      examples('schedules trigger certification_expiry', 'schedules trigger --all'),
    ),
  );
  command.addCommand(
    each('delete', 'remove the Schedule; sweeps under way go on', 'deleted', (schedule) =>
      schedule.delete(),
    ).addHelpText('after', examples('schedules delete milestone', 'schedules delete --all')),
  );
  return command;
}

function applyCommand(): Command {
  return new Command('apply')
    .description(
      'create those that are missing, bring the others up to date, remove ours that are no longer wanted; a pause stays',
    )
    .addOption(new Option('--file <json>', 'which Schedules there are to be, and when').env('SCHEDULES_FILE'))
    .option('--running', 'create them running instead of paused', false)
    .option('--dry-run', 'say what would change, and change nothing', false)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The file maps scenario types or ids to what differs from the defaults:
  {"inactivity": {"cron": "0 9 * * *", "timezone": "Europe/Oslo", "paused": false}, "milestone": {"enabled": false}}
${examples('schedules apply --dry-run', 'schedules apply --running', 'schedules apply --file schedules.json')}`,
    )
    .action(
      async ({ file, running, dryRun, json }: { file?: string; running: boolean; dryRun: boolean; json: boolean }) => {
        const definitions = configuredSchedules(file);
        for (const change of await withTemporal((client) => applySchedules(client, definitions, { running, dryRun }))) {
          if (json) printJson({ ...change, ...(dryRun && { dry_run: true }) });
          else printChange(change, dryRun);
        }
      },
    );
}

function printChange({ schedule_id, change, fields }: ScheduleChange, dryRun: boolean): void {
  printLine(`${dryRun && change !== 'unchanged' ? `would be ${change}` : change} ${schedule_id}`);
  for (const { field, from, to } of fields) printLine(`  ${schedule_id}: ${field} ${from} → ${to}`);
}

function listCommand(): Command {
  return new Command('list')
    .description('show when each runs next, and what was left out')
    .addOption(jsonOption())
    .addHelpText('after', examples('schedules list', 'schedules list --json'))
    .action(async ({ json }: { json: boolean }) => {
      const rows = await withTemporal(listSchedules);
      if (json) return rows.forEach(printJson);
      if (rows.length === 0) return printLine('no Schedules yet: run "scenario-push schedules apply"');
      rows.forEach(printSchedule);
    });
}

function printSchedule({ missed, overlapped, ...row }: ScheduleRow): void {
  const state = [
    row.paused ? 'paused' : 'active',
    ...(row.running.length > 0 ? [`${row.running.length} under way`] : []),
  ];
  const leftOut = [
    ...(missed > 0 ? [`${missed} missed`] : []),
    ...(overlapped > 0 ? [`${overlapped} overlapped`] : []),
  ];
  const at = (iso: string | null) => (iso === null ? 'none' : shortTime(new Date(iso)));
  printLine(`${paint('bold', row.schedule_id)}: ${state.join(', ')}`);
  printFields(
    [
      ['when', `${row.cron} ${row.timezone}`],
      ['next', at(row.next_run_at)],
      ['last', at(row.last_run_at)],
      ...(leftOut.length > 0 ? ([['left out', leftOut.join(', ')]] as const) : []),
      ...(row.note === '' ? [] : ([['note', oneLine(row.note)]] as const)),
    ],
    2,
  );
}

function each(
  name: string,
  about: string,
  done: string,
  act: (schedule: ScheduleHandle, note: string | undefined) => Promise<void>,
): Command {
  const what = `scenario types (${SCENARIO_TYPES.join(', ')}) or ids as "schedules list" shows them`;
  return new Command(name)
    .description(about)
    .addArgument(
      new Argument('[schedules...]', what).argParser((value: string, previous: string[] | undefined) => [
        ...(previous ?? []),
        parseSchedule(value),
      ]),
    )
    .option('--all', 'every Schedule of this service', false)
    .addOption(jsonOption())
    .action(async (ids: string[], { all, note, json }: { all: boolean; note?: string; json: boolean }) => {
      if (ids.length > 0 === all) {
        throw new UsageError(
          'E_WHICH_SCHEDULES',
          `schedules ${name}: expected names or --all${all ? ', not both' : ''}`,
          {
            fix: `names are ${what}`,
          },
        );
      }
      await withTemporal(async (client) => {
        for (const id of all ? (await ownSchedules(client)).map(({ scheduleId }) => scheduleId) : ids) {
          await act(await ownSchedule(client, id), note);
          if (json) printJson({ schedule_id: id, change: done });
          else printLine(`${done} ${id}`);
        }
      });
    });
}

function parseSchedule(text: string): string {
  const id = scheduleIdOf(text);
  if (id) return id;
  const known = [...SCENARIO_TYPES, ...DEFAULT_SCHEDULES.map((schedule) => schedule.id)].join(', ');
  throw new InvalidArgumentError(`expected some of ${known}, got "${text}".`);
}
