import { Command } from 'commander';
import { readConfig } from '../../worker/config.ts';
import { createLog } from '../../worker/log.ts';
import { runWorker } from '../../worker/run-worker.ts';

export function workerCommand(): Command {
  return new Command('worker')
    .description('evaluate, send and record until told to stop (SIGTERM or Ctrl-C lets what is in flight end)')
    .action(async () => {
      const config = readConfig(process.env);
      await runWorker(config, createLog(config.logLevel));
    });
}
