import { sql } from 'kysely';
import { applySchedules } from '../../client/schedules.ts';
import { DEFAULT_SCHEDULES } from '../../client/schedule-definitions.ts';
import { startSweep } from '../../client/sweeps.ts';
import { DAY, MINUTE } from '../../domain/durations.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { startTestConsole, tokenOf, type TestConsole } from '../support/console.ts';
import { sweepRun } from '../support/sweep-rows.ts';
import { openStage, sweepInSmallBatches, untilProgress, type Stage } from '../web-ui/web-ui-stage.ts';

/** A console on the sample data, after a month of sweeps and in the middle of one. */
export interface SampleStage {
  readonly console: TestConsole;
  /** Access token of the coordinator of a chapter with many mentors. */
  readonly coordinatorToken: string;
  close(): Promise<void>;
}

/** A Temporal server, a worker, a sweep that is paused, and one of everybody that is done. To be closed in `afterAll`. */
export async function openSampleStage(): Promise<SampleStage> {
  const now = new Date();
  const stage = await openStage(now);
  const { client, database } = stage;
  await aMonthOfSweeps(stage, now);
  await applySchedules(client, DEFAULT_SCHEDULES, { running: true });
  const paused = await sweepInSmallBatches(client, new Date(now.getTime() - 10 * MINUTE), 'sweep-that-is-paused');
  await untilProgress(paused, ({ done }) => done >= 4);
  await paused.signal('pause');
  await untilProgress(paused, ({ state, in_flight }) => state === 'paused' && in_flight === 0);
  await (await startSweep(client, { asOf: now.toISOString(), brake: false }, 'sweep-of-today')).result();
  await holdSome(stage);
  const connection = {
    client,
    connection: client.connection as never,
    namespace: 'default',
    codec: { payloadCodecs: [], encrypts: false },
    close: async () => {},
  };
  const console = await startTestConsole(database, {
    services: { temporal: async () => connection },
    // For the form alone: nobody answers there.
    config: { supabase: { url: 'http://127.0.0.1:9', anonKey: 'public' } },
  });
  return {
    console,
    coordinatorToken: await tokenOf(await busiestCoordinator(stage)),
    async close() {
      await console.close();
      await paused.signal('stop').catch(() => {});
      await paused.result().catch(() => {});
      await stage.close();
    },
  };
}

/** Their numbers alone: what they sent is in the sample data. */
async function aMonthOfSweeps({ database }: Stage, now: Date): Promise<void> {
  for (let day = 1; day < 30; day++) {
    for (const [i, scenario_type] of SCENARIO_TYPES.entries()) {
      const sent = (day * 7 + i * 11) % 23;
      const candidates = sent + 6;
      await sweepRun(database.db, new Date(now.getTime() - day * DAY), {
        scenario_type,
        mentors_evaluated: 540,
        candidates,
        suppressed: JSON.stringify({ cooldown: 3, opted_out: 2 }),
        claimed: sent + 1,
        sent,
        failed: 1,
      });
    }
  }
}

/** As if the answers to a few messages had been lost. */
async function holdSome({ database }: Stage): Promise<void> {
  await sql`
    with held as (
      update scenario_claims set state = 'held', settled_at = dispatched_at
      where id in (select id from scenario_claims where state = 'sent' order by id limit 6)
      returning idempotency_key
    )
    update scenario_notifications n set delivery_status = 'unknown'
    from held where n.idempotency_key = held.idempotency_key`.execute(database.db);
}

async function busiestCoordinator({ database }: Stage): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select c.id from users c
    where c.role = 'coordinator' and c.status = 'active'
    order by (select count(*) from users m where m.chapter_id = c.chapter_id and m.role = 'peer_mentor') desc, c.id
    limit 1`.execute(database.db);
  return rows[0]!.id;
}
