import { spawn } from 'node:child_process';
import { closeSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../domain/errors.ts';
import { choosePort } from '../ports.ts';
import { openPrivate } from '../private-file.ts';
import { fileSize, tail } from '../tail.ts';

export type FcmEmulatorProcessOptions = {
  /** @default a free one */
  port?: number;
  ledgerFile: string;
  latencyMs?: number;
  logFile: string;
  /** Called once the process exists and before it is ready. */
  onSpawn?: (pid: number) => void;
};

export type FcmEmulatorProcess = {
  address: string;
  pid: number;
  /** Resolves when it has ended, asked or not. */
  exited: Promise<void>;
  stop(): Promise<void>;
};

/**
 * The emulator in a process of its own: it does not take turns with the worker's event loop, and can be killed alone.
 * Scripts and faults go over HTTP (`PUT /emulator/scripts`, `PUT /emulator/faults`).
 *
 * Throws E_EMULATOR_START.
 */
export async function startFcmEmulatorProcess(options: FcmEmulatorProcessOptions): Promise<FcmEmulatorProcess> {
  const port = options.port || (await choosePort()).port;
  const args = [join(import.meta.dirname, 'main.ts'), '--port', String(port), '--ledger', options.ledgerFile];
  if (options.latencyMs) args.push('--latency-ms', String(options.latencyMs));
  mkdirSync(dirname(options.logFile), { recursive: true });
  const logStart = fileSize(options.logFile);
  const log = openPrivate(options.logFile, 'a');
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  let ended = false;
  const exited = new Promise<void>((done) => child.once('exit', () => done()).once('error', () => done()));
  void exited.then(() => (ended = true));
  if (child.pid !== undefined) options.onSpawn?.(child.pid);

  const address = `127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.ref();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (ended) return;
      child.kill(signal);
      const timer = new AbortController();
      await Promise.race([exited, sleep(3_000, undefined, { signal: timer.signal }).catch(() => {})]);
      timer.abort();
    }
  };
  const until = performance.now() + 20_000;
  while (!ended && performance.now() < until) {
    const healthy = await fetch(`http://${address}/emulator/health`).then(
      async (reply) => ((await reply.json()) as { pid?: number }).pid === child.pid,
      () => false,
    );
    if (healthy) {
      child.unref();
      return { address, pid: child.pid!, exited, stop };
    }
    await sleep(25);
  }
  await stop();
  throw new CodedError(
    'E_EMULATOR_START',
    `the FCM emulator did not come up on ${address}; it said:\n${tail(options.logFile, logStart)}`,
    { fix: 'correct what it names, or set FIREBASE_MESSAGING_EMULATOR_HOST' },
  );
}
