import type { Client } from '@temporalio/client';
import { Argument, Command } from 'commander';
import { applySchedules, listSchedules, scheduleId } from '../../client/schedules.ts';
import { SCENARIO_TYPES, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { jsonOption, parseScenarioType } from '../options.ts';
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
          `${row.cron.join(', ')} ${row.timezone ?? 'UTC'}`,
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
        new Argument('[scenarios...]', `one or more of ${SCENARIO_TYPES.join(', ')}`)
          .default([], 'all')
          .argParser((value: string, previous: ScenarioType[]) => [...previous, parseScenarioType(value)]),
      )
      .action(async (scenarioTypes: ScenarioType[]) => {
        await withTemporal(async (client) => {
          for (const type of scenarioTypes.length > 0 ? scenarioTypes : SCENARIO_TYPES) {
            await act(client, scheduleId(type));
            printLine(`${done} ${scheduleId(type)}`);
          }
        });
      });
  }
  return command;
}
