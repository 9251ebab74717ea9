import { Command } from 'commander';
import { readConfig } from '../../worker/config.ts';
import { examples } from '../examples.ts';

export function workerCommand(): Command {
  return new Command('worker')
    .description('evaluate, send and record until told to stop (SIGTERM or Ctrl-C lets what is in flight end)')
    .addHelpText('after', examples('worker', 'worker 2>> worker.log'))
    .action(async () => {
      const config = readConfig(process.env);
      // Half a second of loading that no other command needs.
      const [{ createLog }, { runWorker }] = await Promise.all([import('../../worker/log.ts'), import('../../worker/run-worker.ts')]);
      await runWorker(config, createLog(config.logLevel));
    });
}
