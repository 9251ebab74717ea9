import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { Supervisor } from '../../../local/supervisor.ts';
import { serversIn, workerEnvironment } from '../../support/servers.ts';
import { cpuSecondsOf, peakRssMb } from '../process-usage.ts';
import { CodedError } from '../../../domain/errors.ts';
import { check, type Check } from './check.ts';
import { CONTENDERS } from './contenders.ts';
import type { Databases } from './databases.ts';
import type { Expected } from './expected.ts';
import type { Participant } from './participant.ts';

export interface MeasureOptions {
  readonly name: string;
  readonly databases: Databases;
  readonly folder: string;
  readonly asOf: Date;
  readonly mentors: number;
  readonly expected: Expected;
  /** Milliseconds until the push service answers. */
  readonly latencyMs: number;
  /** Kill the process once when half of the messages have arrived, and start it again. */
  readonly crash: boolean;
  readonly log: (line: string) => void;
}

export interface Measurement extends Check {
  readonly name: string;
  readonly title: string;
  readonly in_flight: number;
  /** From the request to sweep until everything is sent and recorded; over a crash, with the restart. Milliseconds. */
  readonly wall_ms: number;
  readonly mentors_per_second: number;
  /** Spent by its process, by the Temporal server where it needs one, and by PostgreSQL. Null over a crash, and without /proc. */
  readonly cpu_seconds: number | null;
  /** Statements sent to PostgreSQL, by whatever sends them. Null over a crash. */
  readonly statements_per_mentor: number | null;
  /** Of its process, and of the Temporal server where it needs one. Over a crash: of the second process. */
  readonly peak_rss_mb: readonly (number | null)[];
  readonly is_killed: boolean;
}

/** One contender's sweep over its own copy of the audience, with a push service and a ledger of its own. */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { name, databases, folder, log } = options;
  const contender = CONTENDERS[name]!;
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const supervisor = await Supervisor.begin({ folder: home, log });
  const database = name.replaceAll('-', '_');
  const { url, pool } = await databases.copy(database);
  try {
    if (contender.prepare) await pool.query(contender.prepare);
    const servers = serversIn(home, (name, begin) => supervisor.start(name, begin));
    const { ledgerFile } = servers;
    const emulator = await servers.emulator({ latencyMs: options.latencyMs });
    const env = {
      ...workerEnvironment(process.env, { databaseUrl: url, emulator: emulator.address }),
      NODE_ENV: 'production',
    };
    const begin = await contender.begin(supervisor, home);
    let processes = 0;
    // Not watched: it may be killed. It is stopped with the rest.
    const start = (isResumed: boolean): Promise<Participant> =>
      supervisor.start(name, (onSpawn) =>
        begin({ env, asOf: options.asOf, isResumed, logFile: join(home, `process-${++processes}.log`), onSpawn }),
      );
    return await sweep(options, {
      start,
      pool,
      ledgerFile,
      database,
      emulator: emulator.address,
      stopped: supervisor.signal,
    });
  } finally {
    await supervisor.stop();
    await pool.end();
    await databases.drop(database);
  }
}

interface Run {
  readonly start: (isResumed: boolean) => Promise<Participant>;
  readonly pool: pg.Pool;
  readonly ledgerFile: string;
  readonly database: string;
  readonly emulator: string;
  readonly stopped: AbortSignal;
}

async function sweep(
  options: MeasureOptions,
  { start, pool, ledgerFile, database, emulator, stopped }: Run,
): Promise<Measurement> {
  const { name, databases, asOf, mentors, expected, crash } = options;
  const { title, inFlight } = CONTENDERS[name]!;
  const first = await start(false);
  const cpuSeconds = () => cpuSecondsOf([...first.pids, databases.pid]);
  const before = { statements: await databases.statementsOf(database), cpu: cpuSeconds() };
  const begun = performance.now();
  const whole = first.sweep();
  let last = first;
  if (crash) {
    const interrupted = whole.catch(() => {}); // that is what it is killed for
    await untilPosts(emulator, Math.ceil(expected.due.size / 2), Promise.race([interrupted, failWhen(stopped)]));
    await first.kill();
    last = await start(true);
    await Promise.race([last.sweep(), failWhen(stopped)]);
  } else {
    await Promise.race([whole, failWhen(stopped)]);
  }
  const wallMs = performance.now() - begun;
  const cpu = cpuSeconds();
  const statements = (await databases.statementsOf(database)) - before.statements;
  return {
    name,
    title,
    in_flight: inFlight,
    wall_ms: Math.round(wallMs),
    mentors_per_second: Math.round((mentors * 1_000) / wallMs),
    ...(await check(pool, ledgerFile, asOf, expected)),
    cpu_seconds: crash || cpu === null || before.cpu === null ? null : Number((cpu - before.cpu).toFixed(2)),
    statements_per_mentor: crash ? null : Number((statements / mentors).toPrecision(3)),
    peak_rss_mb: last.pids.map(peakRssMb),
    is_killed: crash,
  };
}

/** Throws where the sweep is over before so many messages have arrived. */
async function untilPosts(emulator: string, posts: number, over: Promise<void>): Promise<void> {
  let isOver = false;
  void over.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  for (;;) {
    const health = (await (await fetch(`http://${emulator}/emulator/health`)).json()) as { posts: number };
    if (health.posts >= posts) return;
    if (isOver)
      throw new CodedError('E_BENCH_CRASH', 'the sweep was over before the process could be killed', {
        fix: 'use more mentors',
      });
    await sleep(2);
  }
}

function failWhen(stopped: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new CodedError('E_BENCH_STOPPED', 'stopped before the sweep was done'));
    if (stopped.aborted) return fail();
    stopped.addEventListener('abort', fail, { once: true });
  });
}
