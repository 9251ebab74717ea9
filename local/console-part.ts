import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readConsoleConfig } from '../console/config.ts';
import { connectServices } from '../console/connect-services.ts';
import { startConsole } from '../console/server.ts';
import { createLog } from '../worker/log.ts';
import { asConsole } from './logins.ts';
import { choosePort } from './ports.ts';
import { appendPrivate } from './private-file.ts';
import type { Part } from './supervisor.ts';

const PORT = 4747;

/**
 * The console, for the operator at this keyboard and, where the environment names a Supabase project, for persons. Its log
 * goes to a file.
 */
export async function startConsolePart(options: {
  env: NodeJS.ProcessEnv;
  folder: string;
  /** Whether the log-ins of the database are ours to use. */
  ours: boolean;
  log: (line: string) => void;
}): Promise<Part & { operatorAddress: string }> {
  const { env, folder, ours, log } = options;
  const { port, preferred } = await choosePort(PORT);
  if (!preferred) log(`Port ${PORT} is in use, the console takes ${port}.`);
  const databaseUrl = env['DATABASE_URL'];
  const config = readConsoleConfig({
    ...env,
    ...(ours && databaseUrl && { DATABASE_URL: asConsole(databaseUrl) }),
    CONSOLE_TOKEN: randomBytes(32).toString('base64url'),
    CONSOLE_TOKEN_FILE: '',
  });
  const lines = appendPrivate(join(folder, 'console.log'));
  const services = await connectServices(config, createLog(config.logLevel, lines));
  const running = await startConsole(services, config, { host: '127.0.0.1', port, operatorOnly: false }).catch(
    async (error: unknown) => {
      await services.close();
      throw error;
    },
  );
  return {
    operatorAddress: running.operatorAddress,
    stop: async () => {
      await running.close();
      await services.close();
      lines.end();
    },
  };
}
