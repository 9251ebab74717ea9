import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { startSweep, type SweepHandle } from '../../../client/sweeps.ts';
import type { FaultRates } from '../../../local/fcm-emulator/faults.ts';
import type { LedgerEntry } from '../../../local/fcm-emulator/ledger.ts';
import { between, randomStream } from '../../../local/sample-data/random.ts';
import type { SweepInput } from '../../../workflows/scenario-sweep.ts';
import { workerEnvironment } from '../../support/servers.ts';
import { whoIsDue } from '../aftermath.ts';
import { loadAudience } from '../audience.ts';
import type { Children } from '../children.ts';
import { Emulator } from '../emulator.ts';
import { readLedger, type Due } from '../facts.ts';
import { Fleet } from '../fleet.ts';
import type { Policy } from '../plan.ts';
import type { Stack } from '../stack.ts';

export interface SceneOptions {
  readonly name: string;
  readonly workers: number;
  readonly policy?: Policy;
  readonly latencyMs?: number;
  readonly rates?: FaultRates;
  /** About 250 notifications are due for each. */
  readonly times: number;
  readonly idle?: number;
  /** Of the workers, on top of what they need to find the servers. */
  readonly env?: NodeJS.ProcessEnv;
}

interface Claims {
  readonly sent: number;
  readonly failed: number;
  readonly held: number;
  readonly waiting: number;
}

/** Answers after which a device was certainly not reached. */
const NOT_REACHED = ['unregistered', 'gone', 'invalid_argument', 'sender_mismatch', 'third_party_auth', 'quota'];

/** An audience, a push service and workers as in production, with an eye on what leaves. */
export class Scene {
  readonly stack: Stack;
  readonly pool: pg.Pool;
  readonly emulator: Emulator;
  readonly fleet: Fleet;
  readonly asOf: Date;
  /** By the independent evaluator, before anything was sent. */
  readonly dueThen: readonly Due[];
  /** In which a worker, or a command, finds everything. */
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  kills = 0;
  readonly #random = randomStream(1, 7);

  /** Sets it up, plays it, and clears it away. */
  static async play<T>(
    stack: Stack,
    children: Children,
    options: SceneOptions,
    play: (scene: Scene) => Promise<T>,
  ): Promise<T> {
    const { name, workers, policy = 'resend', latencyMs = 20, rates = {}, times, idle = 0 } = options;
    const database = `weather_${name}`;
    const folder = join(stack.folder, database);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await stack.dropDatabase(database);
    const { pool, throughProxy } = await stack.createDatabase(database);
    const emulator = await Emulator.start({ folder, latencyMs, seed: 1, rates, children });
    const asOf = new Date();
    await loadAudience(pool, { seed: 1, asOf, policy, times, idle, devicesAtMost: 1 });
    const environment = {
      ...workerEnvironment(process.env, {
        databaseUrl: throughProxy,
        temporal: stack.temporalAddress,
        emulator: emulator.address,
      }),
      ...options.env,
    };
    const fleet = new Fleet(workers, { folder, children, tally: {}, env: environment });
    try {
      await fleet.untilReady();
      const dueThen = await whoIsDue(pool, asOf, 'to be told');
      return await play(new Scene({ stack, pool, emulator, fleet, asOf, dueThen, folder, env: environment }));
    } finally {
      await fleet.stop();
      await emulator.stop();
      await pool.end();
    }
  }

  private constructor(
    parts: Pick<Scene, 'stack' | 'pool' | 'emulator' | 'fleet' | 'asOf' | 'dueThen' | 'folder' | 'env'>,
  ) {
    this.stack = parts.stack;
    this.pool = parts.pool;
    this.emulator = parts.emulator;
    this.fleet = parts.fleet;
    this.asOf = parts.asOf;
    this.dueThen = parts.dueThen;
    this.folder = parts.folder;
    this.env = parts.env;
  }

  get due(): number {
    return this.dueThen.length;
  }

  sweep(input: SweepInput): Promise<SweepHandle> {
    return startSweep(this.stack.client, { brake: false, ...input, asOf: this.asOf.toISOString() });
  }

  posts(): LedgerEntry[] {
    return readLedger(this.emulator.ledgerFile);
  }

  /** Notifications that may have reached a device more than once; those that did. */
  repeated(): { readonly asked: number; readonly shown: number } {
    const byDevice = [...Map.groupBy(this.posts(), (post) => `${post.notification_id} ${post.token}`).values()];
    return {
      asked: byDevice.filter((posts) => posts.slice(0, -1).some((post) => !NOT_REACHED.includes(post.answer))).length,
      shown: byDevice.filter((posts) => posts.filter((post) => post.delivered).length > 1).length,
    };
  }

  async claims(): Promise<Claims> {
    const { rows } = await this.pool.query<Claims>(
      `select count(*) filter (where state = 'sent')::int as sent, count(*) filter (where state = 'released')::int as failed,
         count(*) filter (where state = 'held')::int as held,
         count(*) filter (where state in ('open', 'unknown'))::int as waiting
       from scenario_claims`,
    );
    return rows[0]!;
  }

  /** Resolves with true once it is so, with false after the time. */
  async until(isSo: () => boolean | Promise<boolean>, withinMs: number, everyMs = 100): Promise<boolean> {
    const until = performance.now() + withinMs;
    while (!(await isSo())) {
      if (performance.now() > until) return false;
      await sleep(everyMs);
    }
    return true;
  }

  /** Resolves with true when all have ended in time, whatever they came to. */
  async untilEnded(sweeps: readonly SweepHandle[], withinMs: number): Promise<boolean> {
    return this.until(
      async () => {
        const states = await Promise.all(sweeps.map((sweep) => sweep.describe()));
        return states.every(({ status }) => status.name !== 'RUNNING');
      },
      withinMs,
      200,
    );
  }

  /** Kills one worker again and again, until it is ended: whichever it is, or always the same one once it is ready. */
  crashLoop([least, most]: readonly [number, number], which: 'any' | 'first'): { end(): Promise<void> } {
    const ended = new AbortController();
    const killing = (async () => {
      while (!ended.signal.aborted) {
        if (which === 'first') await this.fleet.untilFirstIsReady();
        await sleep(between(this.#random, least, most), undefined, { signal: ended.signal }).catch(() => {});
        if (ended.signal.aborted) return;
        this.kills += Number(which === 'first' ? this.fleet.killFirst() : this.fleet.kill(this.#random()));
      }
    })();
    return { end: () => (ended.abort(), killing) };
  }
}
