import { Command } from 'commander';
import type { SweepSignal } from '../../client/sweep-control.ts';
import { CodedError } from '../../domain/errors.ts';
import { examples } from '../examples.ts';
import { jsonOption } from '../options.ts';
import { failuresOfSweep, liveCountsOf } from '../live-counts.ts';
import { printJson, printLine } from '../output.ts';
import { noticeHalt } from '../sending-notice.ts';
import { describeProgress } from '../sweep-progress.ts';
import { printSweepResult } from '../sweep-result.ts';
import { withTemporal } from '../with-temporal.ts';

const ID = 'workflow id of the sweep, or its beginning; without it, the one that runs';

const SIGNALS: readonly { readonly signal: SweepSignal; readonly about: string; readonly done: string }[] = [
  {
    signal: 'pause',
    about: 'start no further batch until it is resumed; those in flight finish',
    done: 'told to pause: no further batch starts, those in flight finish',
  },
  { signal: 'resume', about: 'go on after a pause, and send what is braked', done: 'told to go on' },
  {
    signal: 'stop',
    about: 'start nothing more, and withdraw what was claimed and has not left',
    done: 'told to stop: nothing more starts, and what was claimed and has not left is withdrawn',
  },
];

/** What a sweep that runs is controlled by. */
export function sweepControlCommands(): Command[] {
  return [...SIGNALS.map(signalCommand), progressCommand()];
}

function signalCommand({ signal, about, done }: (typeof SIGNALS)[number]): Command {
  return new Command(signal)
    .description(about)
    .argument('[id]', ID)
    .addOption(jsonOption())
    .addHelpText('after', examples(`sweep ${signal}`, `sweep ${signal} sweep-inactivity-2026-11-20T11:07:00Z`))
    .action(async (id: string | undefined, { json }: { json: boolean }) => {
      await withTemporal(async (client) => {
        const { findSweep, progressOfSweep, signalSweep } = await import('../../client/sweep-control.ts');
        const workflowId = await findSweep(client, id);
        await signalSweep(client, workflowId, signal);
        const progress = await progressOfSweep(client, workflowId);
        if (json) return printJson({ workflow_id: workflowId, signal, progress });
        printLine(`${workflowId} is ${done}`);
        printLine(progress ? describeProgress(progress) : 'no worker answers yet: it obeys when one does');
      });
    });
}

function progressCommand(): Command {
  return new Command('progress')
    .description('show how far it is, also after its end')
    .argument('[id]', ID)
    .addOption(jsonOption())
    .addHelpText('after', examples('sweep progress', 'sweep progress sweep-inactivity-2026-11-20T11:07:00Z --json'))
    .action(async (id: string | undefined, { json }: { json: boolean }) => {
      await withTemporal(async (client) => {
        const { findSweep, progressOfSweep } = await import('../../client/sweep-control.ts');
        const workflowId = await findSweep(client, id);
        const said = await progressOfSweep(client, workflowId);
        if (!said) {
          throw new CodedError('E_NO_PROGRESS', `no worker says how far ${workflowId} is`, {
            fix: 'start a worker; "scenario-push runs" shows what is in the database',
          });
        }
        const counts = liveCountsOf(workflowId);
        const progress = await counts.of(said);
        await counts.close();
        if (json) return printJson({ workflow_id: workflowId, ...progress });
        printLine(`${workflowId}, ${describeProgress(progress)}, ${progress.in_flight} in flight`);
        if (Object.keys(progress.scenarios).length > 0) printSweepResult(progress, await failuresOfSweep(workflowId));
      });
      await noticeHalt();
    });
}
