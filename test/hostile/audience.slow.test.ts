import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { startSweep } from '../../client/sweeps.ts';
import { between, randomStream } from '../../local/sample-data/random.ts';
import { EXCESSES } from './excesses.ts';
import { placeIn, type Place } from './place.ts';
import { report, SEEDS } from './seeds.ts';
import { notToldOnce, startStage, type Stage } from './stage.ts';

/** On top of twice the time: what setting aside costs once, and a machine that is busy. */
const NEVER_TOO_SLOW_MS = 60_000;
/** MB: what deploy/kubernetes gives a worker, and what a backend may take beside its shared buffers. */
const MEMORY = { worker: 1_024, backend: 512 };

/** A sweep of a seeded audience, with every kind of excess in its midst or without any. */
async function sweepOf(seed: number, isHostile: boolean) {
  const asOf = new Date();
  const stage = await startStage({ seed, asOf });
  try {
    const place = placeIn(stage, asOf, randomStream(seed, 2));
    if (isHostile) for (const write of Object.values(EXCESSES)) await write(place);
    await stage.database.pool.query('analyze');
    const began = Date.now();
    const sweep = await startSweep(stage.clients[0]!, { asOf: asOf.toISOString(), brake: false, mentorsPerBatch: 100 });
    const left = isHostile ? await changePeople(stage, place) : new Set<string>();
    await sweep.result();
    const others = stage.due.filter(({ user_id }) => !left.has(user_id));
    const keys = new Set(others.map((due) => due.idempotency_key));
    const ledger = await stage.emulator.ledger();
    const last = ledger.findLast((entry) => entry.delivered && keys.has(entry.notification_id ?? ''));
    return {
      due: others.length,
      faults: notToldOnce(others, ledger),
      posts: ledger.length,
      toldWithinMs: new Date(last!.at).getTime() - began,
      sweepMs: Date.now() - began,
      unended: await unendedBatches(stage),
      memory: await stage.memory(),
      refused: place.refused,
      writtenMs: began - asOf.getTime(),
    };
  } finally {
    await stage.stop();
  }
}

/** In mid-sweep, people are deleted, moved to another organisation and deactivated, and rules are deleted. */
async function changePeople(stage: Stage, { server, random, inCharge }: Place): Promise<Set<string>> {
  const ids = [...new Set(stage.due.map(({ user_id }) => user_id))];
  const leaving = ids.filter(() => random() < 0.1);
  const { chapterId } = await inCharge('administrator');
  await stage.untilPosts(between(random, 1, 60));
  for (const [n, id] of leaving.entries()) {
    if (n % 3 === 0) await server('delete from users where id = $1', [id]);
    if (n % 3 === 1) await server('update users set chapter_id = $2 where id = $1', [id, chapterId]);
    if (n % 3 === 2) await server(`update users set status = 'inactive' where id = $1`, [id]);
  }
  await server('delete from scenario_rules where coalesce(chapter_id, organization_id) is not null');
  return new Set(leaving);
}

/** Batches that go on, but for whom a policy makes wait until tonight, and those whose record cannot be written. */
async function unendedBatches({ database, clients }: Stage): Promise<string[]> {
  for (const until = performance.now() + 90_000; ; await sleep(500)) {
    const { rows } = await database.pool.query<{ batch_key: string }>(
      `select distinct batch_key from scenario_claims
       where state in ('open', 'unknown') and fault is null and (send_at > now()) is not true`,
    );
    const running = await clients[0]!.workflow.count(`ExecutionStatus = 'Running' and WorkflowType = 'scenarioSweep'`);
    if (rows.length + running.count === 0 || performance.now() > until) return rows.map((row) => row.batch_key);
  }
}

describe.each(SEEDS)('a hostile audience of seed %i', (seed) => {
  test('harms nobody else: they are told once, in at most twice the time, and every batch ends', async () => {
    const plain = await sweepOf(seed, false);
    const hostile = await sweepOf(seed, true);
    report({ seed, plain, hostile });
    expect(plain).toMatchObject({ faults: [], unended: [] });
    expect(hostile).toMatchObject({ faults: [], unended: [] });
    expect(hostile.toldWithinMs).toBeLessThan(2 * plain.toldWithinMs + NEVER_TOO_SLOW_MS);
    expect(hostile.memory?.worker ?? 0).toBeLessThan(MEMORY.worker);
    expect(hostile.memory?.backend ?? 0).toBeLessThan(MEMORY.backend);
  }, 600_000);
});
