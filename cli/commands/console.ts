import { once } from 'node:events';
import { Command } from 'commander';
import { examples } from '../examples.ts';
import { parsePort } from '../options.ts';
import { printLine } from '../output.ts';

interface ConsoleOptions {
  host: string;
  port: number;
  operatorOnly: boolean;
  https: boolean;
}

export function consoleCommand(): Command {
  return new Command('console')
    .description('serve pages that say who was told what and why, who is next, and what a changed rule would do')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <n>', 'where to listen, 0 for any', parsePort, 4747)
    .option('--operator-only', 'listen beyond this machine although only the token guards it', false)
    .option('--https', 'a proxy before it ends TLS: as beyond this machine, whatever --host is', false)
    .addHelpText('after', examples('console', 'console --port 0', 'console --host 0.0.0.0'))
    .action(async (options: ConsoleOptions) => {
      const [{ readConsoleConfig }, { connectServices }, { startConsole }, { createLog }] = await Promise.all([
        import('../../console/config.ts'),
        import('../../console/connect-services.ts'),
        import('../../console/server.ts'),
        import('../../worker/log.ts'),
      ]);
      const config = readConsoleConfig(process.env);
      const services = await connectServices(config, createLog(config.logLevel));
      try {
        const console = await startConsole(services, config, options);
        // A token that was given is known, and a log of containers is read by many.
        const isMade = config.operatorToken === null;
        printLine(`console on ${isMade ? console.operatorAddress : console.address}`);
        if (isMade && console.operatorToken !== null) printLine(`token of the operator: ${console.operatorToken}`);
        const stopped = new AbortController();
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
        await once(stopped.signal, 'abort');
        await console.close();
      } finally {
        await services.close();
      }
    });
}
