import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../local/run.ts';

/** The one that deploy/compose.yaml names. */
export const SERVER_VERSION = '1.31.0';

export interface ServerBinaries {
  /** Runs any of the four services. */
  readonly server: string;
  /** Sets up the two schemas, which it carries within. */
  readonly sql: string;
  /** Seconds that building took; null: they were there. */
  readonly builtIn: number | null;
}

/** The server cannot be had here: the message says what would help. */
export class NoServer extends Error {}

const PACKAGES = ['server', 'tools/sql'].map((name) => `go.temporal.io/server/cmd/${name}@v${SERVER_VERSION}`);

/**
 * A production Temporal server as Go modules bring it, built once and kept in the project's cache. GOFLAGS, GOPROXY and
 * the other variables of Go are those of the environment.
 */
export async function findServer(
  log: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ServerBinaries> {
  const given = env['TEMPORAL_SERVER_BIN'];
  const home = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'scenario-push');
  const folder = given || join(home, `temporal-server-${SERVER_VERSION}`);
  const found = { server: join(folder, 'server'), sql: join(folder, 'sql') };
  const isThere = () => existsSync(found.server) && existsSync(found.sql);
  if (isThere()) return { ...found, builtIn: null };
  if (given) throw new NoServer(`TEMPORAL_SERVER_BIN=${given} does not hold both "server" and "sql"; ${waysOut(home)}`);
  if ((await run('go', ['version'], { env, timeoutMs: 30_000 })).code !== 0)
    throw new NoServer(`Go is not installed; ${waysOut(folder)}`);

  mkdirSync(home, { recursive: true });
  const making = mkdtempSync(join(home, `making-temporal-server-${process.pid}-`));
  log(`Building the Temporal server ${SERVER_VERSION} with Go; this happens once and takes 4 to 10 minutes …`);
  const started = performance.now();
  try {
    const { code, output } = await run('nice', ['go', 'install', ...PACKAGES], {
      env: { ...env, GOBIN: making },
      timeoutMs: 60 * 60_000,
    });
    if (code !== 0) throw new NoServer(`go install failed: ${output.trim().slice(-600)}\n${waysOut(folder)}`);
    // Somebody else may have been at it: what is there is whole.
    if (!isThere()) renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return { ...found, builtIn: (performance.now() - started) / 1_000 };
}

function waysOut(folder: string): string {
  return [
    'any one of these helps:',
    '  - install Go 1.26 or newer (https://go.dev/dl), which builds the server from Go modules;',
    '  - name a module proxy that this machine reaches in GOPROXY;',
    `  - build elsewhere for this system and put "server" and "sql" into ${folder}, or name their folder in TEMPORAL_SERVER_BIN:`,
    `    GOBIN=… go install ${PACKAGES.join(' ')}`,
  ].join('\n');
}
