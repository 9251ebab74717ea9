import { Command } from 'commander';
import { readConfig } from '../../worker/config.ts';
import { StopSignals } from '../../worker/stop-signals.ts';
import { examples } from '../examples.ts';
import { reportFailure } from '../report-failure.ts';

export function workerCommand(): Command {
  return new Command('worker')
    .description(
      'evaluate, send and record until told to stop (SIGTERM or Ctrl-C lets what is in flight end, a second one does not)',
    )
    .addHelpText('after', examples('worker', 'worker 2>> worker.log'))
    .action(async () => {
      const signals = new StopSignals(process);
      try {
        // Half a second of loading that no other command needs.
        const [{ assertReady }, { createLog }, { runWorker }] = await Promise.all([
          import('../examination.ts'),
          import('../../worker/log.ts'),
          import('../../worker/run-worker.ts'),
        ]);
        await assertReady(process.env);
        const config = readConfig(process.env);
        // Temporal's runtime, or what was given its time and has not ended, would keep a process that has failed.
        await runWorker(config, createLog(config.logLevel), signals).catch((error: unknown) =>
          process.exit(reportFailure(error)),
        );
      } finally {
        signals.end();
      }
    });
}
