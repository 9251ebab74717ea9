import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Client } from '@temporalio/client';
import { between, randomStream } from '../../local/sample-data/random.ts';
import { TOKEN_MARK } from './audience.ts';
import type { Emulator } from './emulator.ts';
import type { Fleet } from './fleet.ts';
import { changePeople, haltFor, type Change, type Halted } from './people.ts';
import { LOSABLE, type RunPlan, type TimedFault } from './plan.ts';
import type { Stack } from './stack.ts';
import { count, type Tally } from './tally.ts';

export interface World {
  readonly stack: Stack;
  readonly fleet: Fleet;
  readonly emulator: Emulator;
  readonly pool: pg.Pool;
  readonly database: string;
  readonly tally: Tally;
}

/** Carries out a plan's timed faults. What is struck again while it is still down waits for its turn. */
export class Strikes {
  readonly #world: World;
  readonly #random;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>[];
  #turns: Promise<unknown> = Promise.resolve();
  /** Why a fault could not be carried out, for the curious. */
  readonly notes: string[] = [];
  readonly changes: Change[] = [];
  readonly halts: Halted[] = [];

  constructor(plan: RunPlan, world: World) {
    this.#world = world;
    this.#random = randomStream(plan.seed, 2);
    this.#running = plan.timed.map((fault) => this.#later(fault, this.#random()));
  }

  /** Starts no further fault and waits until everything is up again. */
  async end(): Promise<void> {
    this.#ended.abort();
    this.#world.stack.proxy.calm();
    await Promise.all(this.#running);
    await this.#turns;
  }

  async #later(fault: TimedFault, choice: number): Promise<void> {
    try {
      await sleep(fault.atMs, undefined, { signal: this.#ended.signal });
    } catch {
      return;
    }
    try {
      const times = await this.#strike(fault, choice);
      count(this.#world.tally, nameOf(fault), times);
    } catch (error) {
      this.notes.push(`${fault.kind}: ${(error as Error).message}`);
    }
  }

  /** Returns how often it has fired. */
  async #strike(fault: TimedFault, choice: number): Promise<number> {
    const { stack, fleet, emulator, pool } = this.#world;
    switch (fault.kind) {
      case 'worker killed':
        return Number(fleet.kill(choice));
      case 'worker frozen':
        return Number(fleet.freeze(choice, fault.forMs));
      case 'emulator killed':
        return this.#inTurn(() => emulator.killAndRestart(Math.floor(choice * 800)));
      case 'postgres restarted':
        return this.#inTurn(() => stack.restartPostgres('fast'));
      case 'postgres crashed':
        return this.#inTurn(() => stack.restartPostgres('immediate'));
      case 'temporal restarted':
        return this.#inTurn(() => stack.restartTemporal('asked', fault.forMs));
      case 'temporal killed':
        return this.#inTurn(() => stack.restartTemporal('killed', fault.forMs));
      case 'backends terminated': {
        const ended = await stack.admin(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${this.#world.database}' and application_name = 'scenario-push'`,
        );
        return ended.rows.length > 0 ? 1 : 0;
      }
      case 'connections cut':
        return stack.proxy.cut() > 0 ? 1 : 0;
      case 'database slow':
        stack.proxy.delay(between(this.#random, 20, 80));
        await sleep(fault.forMs);
        stack.proxy.delay(0);
        return 1;
      case 'answer lost':
        return Promise.race([
          stack.proxy.loseAnswerTo(LOSABLE[fault.to]).then(() => 1),
          new Promise<number>((done) => this.#ended.signal.addEventListener('abort', () => done(0))),
        ]);
      case 'batch terminated':
        return this.#terminateBatch(stack.client, choice);
      case 'push service out':
        return this.#inTurn(() => emulator.during(fault.forMs, { unavailable: 1 }, { retry_after: fault.retryAfter }));
      case 'push service slow':
        return this.#inTurn(() => emulator.during(fault.forMs, null, { latency_ms: fault.latencyMs }));
      case 'push service away':
        return this.#inTurn(() => emulator.killAndRestart(fault.forMs));
      case 'crash loop':
        return this.#crashLoop(fault.forMs, fault.everyMs);
      case 'opted out':
      case 'deactivated':
      case 'active again': {
        const changes = await changePeople(pool, fault.kind, fault.mentors);
        this.changes.push(...changes);
        return changes.length;
      }
      case 'sending halted':
        this.halts.push(await haltFor(pool, fault.forMs));
        return 1;
      case 'token deleted':
        return changeDevices(pool, `delete from device_tokens where id = any ($1)`);
      case 'token rotated':
        return changeDevices(
          pool,
          `update device_tokens set token = '${TOKEN_MARK}-new-' || id where id = any ($1) and token not like '%-new-%'`,
        );
    }
  }

  async #terminateBatch(client: Client, choice: number): Promise<number> {
    const { rows } = await this.#world.pool.query<{ workflow_id: string }>(
      `select distinct b.workflow_id from evaluation_batches b join scenario_claims c using (batch_key) where c.state in ('open', 'unknown') order by 1`,
    );
    const chosen = rows[Math.floor(choice * rows.length)];
    if (!chosen) return 0;
    await client.workflow.getHandle(chosen.workflow_id).terminate('chaos');
    return 1;
  }

  async #crashLoop(forMs: number, [least, most]: readonly [number, number]): Promise<number> {
    const until = performance.now() + forMs;
    let kills = 0;
    for (;;) {
      await sleep(between(this.#random, least, most));
      if (performance.now() > until) return kills;
      kills += Number(this.#world.fleet.kill(this.#random()));
    }
  }

  async #inTurn(work: () => Promise<void>): Promise<number> {
    const turn = this.#turns.then(work);
    this.#turns = turn.catch(() => {});
    await turn;
    return 1;
  }
}

function nameOf(fault: TimedFault): string {
  if (fault.kind === 'answer lost') return `answer to ${fault.to} lost`;
  if (fault.kind === 'crash loop') return 'worker killed in a crash loop';
  return fault.kind;
}

/** Three devices of mentors who are being told something at this moment. */
async function changeDevices(pool: pg.Pool, change: string): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `select distinct on (t.user_id) t.id from device_tokens t join scenario_claims c using (user_id) where c.state in ('open', 'unknown') order by t.user_id, t.id limit 3`,
  );
  if (rows.length === 0) return 0;
  const { rowCount } = await pool.query(change, [rows.map(({ id }) => id)]);
  return rowCount ?? 0;
}
