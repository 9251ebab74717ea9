import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { startSweep, type SweepHandle } from '../../client/sweeps.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { refuseTheFuture } from '../../domain/future.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import type { SweepResult } from '../../domain/sweep.ts';
import { asOfOption, jsonOption, parseWhole, scenarioOption } from '../options.ts';
import { failuresOfSweep, liveCountsOf } from '../live-counts.ts';
import { printJson, printLine } from '../output.ts';
import { noticeBrakes } from '../brake-notice.ts';
import { noticeHalt, noticeHalts } from '../sending-notice.ts';
import { followProgress } from '../sweep-progress.ts';
import { printSweepResult } from '../sweep-result.ts';
import { noticeNobodyWorks, noticeNoWorker } from '../worker-notice.ts';
import { withTemporal } from '../with-temporal.ts';
import { sweepControlCommands } from './sweep-control.ts';

/** As a shell reports Ctrl-C. */
const INTERRUPTED = 130;

interface SweepOptions {
  scenario: ScenarioType[];
  asOf?: Date;
  limit?: number;
  sendLate: boolean;
  brake: boolean;
  wait: boolean;
  json: boolean;
}

export function sweepCommand(): Command {
  const command = new Command('sweep')
    .description('evaluate every mentor now and send what is due, or control a sweep that runs')
    .usage('[options] | [command]')
    // A sub-command with a slip in it must not start a sweep.
    .argument('[command]')
    .addOption(scenarioOption())
    .addOption(asOfOption())
    .option('--limit <n>', 'send at most so many notifications', parseWhole(0))
    .option('--send-late', 'send although --as-of is more than six hours ago', false)
    .option('--no-brake', 'send even if it is far more than usual')
    .option('--wait', 'wait for the end and print the result', false)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ scenario-push sweep --wait
  $ scenario-push sweep --scenario inactivity milestone --limit 100 --wait --json
  $ scenario-push sweep --as-of 2026-11-20T09:00:00Z --send-late
  $ scenario-push sweep stop`,
    )
    .action(async (word: string | undefined, options: SweepOptions) => {
      if (word !== undefined) {
        const known = command.commands.map((sub) => sub.name());
        command.error(`error: unknown command '${word}', expected ${known.join(', ')}.${didYouMean(word, known)}`);
      }
      const now = new Date();
      const asOf = options.asOf ?? now;
      refuseTheFuture({ asOf, now });
      await withTemporal(async (client) => {
        const handle = await startSweep(client, {
          scenarioTypes: options.scenario,
          asOf: asOf.toISOString(),
          ...(options.limit !== undefined && { limit: options.limit }),
          ...(options.sendLate && { sendLate: true }),
          ...(!options.brake && { brake: false }),
        });
        if (options.wait) return print(handle, await resultOf(client, handle, options.json), options.json);
        announce(handle, options.json);
        await noticeNobodyWorks(client);
      });
      if (!options.wait) await noticeHalt();
    });
  for (const sub of sweepControlCommands()) command.addCommand(sub);
  return command;
}

async function resultOf(client: Client, handle: SweepHandle, quiet: boolean): Promise<SweepResult> {
  if (!quiet) process.stderr.write(`started ${handle.workflowId}\n`);
  const stopFollowing = quiet ? async () => {} : followLive(handle);
  const stopNoticing = noticeHalts(process.stderr);
  const stopNoticingBrakes = noticeBrakes(handle, process.stderr);
  const stopNoticingWorkers = noticeNoWorker(client, process.stderr);
  const leave = () => {
    void stopFollowing();
    process.stderr.write(
      `not waiting any more: ${handle.workflowId} goes on; "scenario-push sweep stop ${handle.workflowId}" ends it, "sweep progress" shows how it goes\n`,
    );
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', leave);
  try {
    return await handle.result();
  } finally {
    process.off('SIGINT', leave);
    await Promise.all([stopFollowing(), stopNoticing(), stopNoticingBrakes(), stopNoticingWorkers()]);
  }
}

function followLive(handle: SweepHandle): () => Promise<void> {
  const counts = liveCountsOf(handle.workflowId);
  const stop = followProgress(handle, process.stderr, counts.of);
  return async () => {
    await stop();
    await counts.close();
  };
}

async function print(handle: SweepHandle, result: SweepResult, json: boolean): Promise<void> {
  if (json) return printJson(result);
  const hasFailures = Object.values(result.scenarios).some(({ failed }) => failed > 0);
  printSweepResult(result, hasFailures ? await failuresOfSweep(handle.workflowId, handle.firstExecutionRunId) : {});
}

function announce(handle: SweepHandle, json: boolean): void {
  if (json) printJson({ workflow_id: handle.workflowId, run_id: handle.firstExecutionRunId });
  else printLine(`started ${handle.workflowId}; "scenario-push sweep progress" shows how it goes`);
}
