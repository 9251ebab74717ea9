import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CodedError } from '../domain/errors.ts';
import { run } from './run.ts';

export type TemporalCliOptions = {
  /** Told in whole sentences what is going on, for a terminal. */
  log: (line: string) => void;
  /** @default process.env */
  env?: NodeJS.ProcessEnv;
  /** The two ways that need the network, replaceable in tests: each puts an executable into the folder, or says why not. */
  download?: Fetch;
  build?: Fetch;
};

/** Puts an executable into the folder and returns its path; throws with the reason. */
export type Fetch = (
  folder: string,
  options: { log: (line: string) => void; env: NodeJS.ProcessEnv },
) => Promise<string>;

/** Later ones have a `replace` line in go.mod, and `go install` refuses those. */
export const temporalCliVersion = '1.5.1';

/** Updates with validators, KeywordList search attributes and Schedules as this project uses them. */
const oldestServer = [1, 25] as const;

/**
 * The path of a `temporal` executable that contains a development server. In this order: TEMPORAL_CLI_PATH, PATH,
 * this project's cache, the SDK's download, a build by Go. What the last two make is kept in the cache.
 *
 * Throws E_TEMPORAL_CLI_PATH when that variable names something unusable, E_NO_TEMPORAL_CLI when no way led anywhere.
 */
export async function findTemporalCli(options: TemporalCliOptions): Promise<string> {
  const { log, env = process.env, download = downloadBySdk, build = buildByGo } = options;

  const given = env['TEMPORAL_CLI_PATH'];
  if (given) {
    const fault = await faultOf(given);
    if (fault) {
      throw new CodedError('E_TEMPORAL_CLI_PATH', `TEMPORAL_CLI_PATH=${given} ${fault}`, {
        fix: 'correct it or unset it',
      });
    }
    return given;
  }

  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const found = join(folder, 'temporal');
    if (!isExecutable(found)) continue;
    const fault = await faultOf(found);
    if (!fault) return found;
    log(`Not using ${found}: it ${fault}.`);
  }

  const cache = cacheFolder(env);
  const cached = join(cache, 'temporal');
  if (isExecutable(cached) && !(await faultOf(cached))) return cached;

  const reasons: string[] = [];
  mkdirSync(cache, { recursive: true });
  removeAbandoned(cache);
  for (const [way, fetch] of [
    ['download by the Temporal SDK', download],
    ['go install', build],
  ] as const) {
    // Several processes may be at it: each works in a folder of its own, and a rename cannot be half done.
    const folder = mkdtempSync(join(cache, `making-${process.pid}-`));
    try {
      const made = await fetch(folder, { log, env });
      const fault = await faultOf(made);
      if (fault) throw new Error(`what it brought ${fault}`);
      renameSync(made, cached);
      return cached;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      reasons.push(`${way}: ${reason}`);
      log(`No Temporal server by ${way}: ${reason}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  throw new CodedError(
    'E_NO_TEMPORAL_CLI',
    [
      'no Temporal development server here. Any one of these helps:',
      '  - set TEMPORAL_ADDRESS to a running Temporal server;',
      '  - install the Temporal CLI (https://docs.temporal.io/cli) on PATH, or name it in TEMPORAL_CLI_PATH;',
      `  - allow a download from temporal.download, or install Go 1.25 or newer, which builds version ${temporalCliVersion};`,
      `  - put the executable at ${cached}.`,
      'Tried:',
      ...reasons.map((reason) => `  - ${reason}`),
    ].join('\n'),
  );
}

export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(
    env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    'scenario-push',
    `temporal-cli-${temporalCliVersion}`,
  );
}

/** What keeps it from being used, as the end of a sentence, or null. */
async function faultOf(file: string): Promise<string | null> {
  if (!isExecutable(file)) return 'is not an executable file';
  const { code, output } = await run(file, ['--version'], { timeoutMs: 30_000 });
  if (code !== 0) return `does not run (${output.trim().slice(0, 200) || `exit code ${code}`})`;
  const server = /Server (\d+)\.(\d+)/.exec(output);
  if (!server) return 'has no development server';
  const [major, minor] = [Number(server[1]), Number(server[2])];
  const recent = major > oldestServer[0] || (major === oldestServer[0] && minor >= oldestServer[1]);
  return recent ? null : `brings Temporal server ${major}.${minor}, older than ${oldestServer.join('.')}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Folders of processes that died at it. */
function removeAbandoned(cache: string): void {
  for (const name of readdirSync(cache)) {
    const pid = /^making-(\d+)-/.exec(name)?.[1];
    if (pid && Number(pid) !== process.pid && !exists(Number(pid))) {
      rmSync(join(cache, name), { recursive: true, force: true });
    }
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * In a process of its own: the SDK's native part cannot be interrupted, has no time limit where packets are dropped
 * silently, and keeps the process's Runtime, which the worker wants to configure itself.
 */
const downloadBySdk: Fetch = async (folder, { log, env }) => {
  log(`Looking for a download of the Temporal CLI ${temporalCliVersion} (given up after 20 s without a byte) …`);
  const script = join(import.meta.dirname, 'download-temporal-cli.ts');
  const { code, output } = await run(process.execPath, [script, folder, `v${temporalCliVersion}`], {
    env,
    timeoutMs: 300_000,
    // The download appears in the folder as it grows.
    stillAlive: { everyMs: 20_000, progress: () => sizeOf(folder) },
  });
  const made = readdirSync(folder).find((name) => name.startsWith('temporal') && !name.endsWith('.downloading'));
  if (code !== 0 || !made) throw new Error(lastLine(output) || 'no answer');
  return join(folder, made);
};

const buildByGo: Fetch = async (folder, { log, env }) => {
  const version = await run('go', ['version'], { env, timeoutMs: 30_000 });
  if (version.code !== 0) throw new Error('Go is not installed');
  log(`Building the Temporal CLI ${temporalCliVersion} with Go; this happens once and takes 2 to 8 minutes …`);
  const started = performance.now();
  const tick = setInterval(
    () => log(`  … still building, ${Math.round((performance.now() - started) / 1000)} s`),
    15_000,
  );
  try {
    const { code, output } = await run(
      'go',
      ['install', `github.com/temporalio/cli/cmd/temporal@v${temporalCliVersion}`],
      {
        env: { ...env, GOBIN: folder, GOFLAGS: '' },
        timeoutMs: 30 * 60_000,
      },
    );
    if (code !== 0) throw new Error(output.trim().slice(-600) || `exit code ${code}`);
  } finally {
    clearInterval(tick);
  }
  log(`Built in ${Math.round((performance.now() - started) / 1000)} s.`);
  return join(folder, 'temporal');
};

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
