import type { Client } from '@temporalio/client';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { isScheduleId, SCHEDULES } from '../../client/schedule-definitions.ts';
import { applySchedules, listSchedules } from '../../client/schedules.ts';
import { isScenarioType, SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { jsonOption } from '../options.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { withTemporal } from '../with-temporal.ts';

export function schedulesCommand(): Command {
  const command = new Command('schedules').description('the Temporal Schedules that start the sweeps');

  command
    .command('apply')
    .description('create those that are missing and bring the others up to date; a pause stays')
    .option('--running', 'create them running instead of paused', false)
    .addOption(jsonOption())
    .action(async ({ running, json }: { running: boolean; json: boolean }) => {
      for (const change of await withTemporal((client) => applySchedules(client, { running }))) {
        if (json) printJson(change);
        else printLine(`${change.change} ${change.schedule_id}`);
      }
    });

  command
    .command('list')
    .description('show when each runs next')
    .addOption(jsonOption())
    .action(async ({ json }: { json: boolean }) => {
      const rows = await withTemporal(listSchedules);
      if (json) return rows.forEach(printJson);
      if (rows.length === 0) return printLine('no Schedules yet: run "scenario-push schedules apply"');
      printTable(
        ['schedule', 'state', 'when', 'next', 'last', 'missed'],
        rows.map((row) => [
          row.schedule_id,
          row.paused ? 'paused' : 'running',
          `${row.cron} ${row.timezone}`,
          row.paused ? '–' : (row.next_run_at ?? '–'),
          row.last_run_at ?? '–',
          row.missed,
        ]),
      );
    });

  const each: Record<string, { about: string; done: string; act: (client: Client, id: string) => Promise<void> }> = {
    pause: { about: 'start no more sweeps', done: 'paused', act: (client, id) => client.schedule.getHandle(id).pause('Paused by hand.') },
    resume: { about: 'start sweeps again', done: 'resumed', act: (client, id) => client.schedule.getHandle(id).unpause('Resumed by hand.') },
    trigger: { about: 'start a sweep now', done: 'triggered', act: (client, id) => client.schedule.getHandle(id).trigger() },
    delete: { about: 'remove the Schedule; sweeps under way go on', done: 'deleted', act: (client, id) => client.schedule.getHandle(id).delete() },
  };
  for (const [name, { about, done, act }] of Object.entries(each)) {
    command
      .command(name)
      .description(about)
      .addArgument(
        new Argument('[schedules...]', `scenario types (${SCENARIO_TYPES.join(', ')}) or ids as "schedules list" shows them`)
          .default([], 'all')
          .argParser((value: string, previous: string[]) => [...previous, parseSchedule(value)]),
      )
      .addOption(jsonOption())
      .action(async (ids: string[], { json }: { json: boolean }) => {
        await withTemporal(async (client) => {
          for (const id of ids.length > 0 ? ids : SCHEDULES.map((schedule) => schedule.id)) {
            await act(client, id);
            if (json) printJson({ schedule_id: id, change: done });
            else printLine(`${done} ${id}`);
          }
        });
      });
  }
  return command;
}

function parseSchedule(text: string): string {
  const id = isScenarioType(text) ? `sweep-${text}` : text;
  if (isScheduleId(id)) return id;
  const known = [...SCENARIO_TYPES, ...SCHEDULES.map((schedule) => schedule.id)].join(', ');
  throw new InvalidArgumentError(`expected some of ${known}, got "${text}".`);
}
