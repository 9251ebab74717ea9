import { sql } from 'kysely';
import { expect } from '@jest/globals';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { HOUR } from '../../domain/durations.ts';
import type { DeviceOutcome } from '../../domain/outcome.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { claimRequest, dispatchAs } from '../db/claiming.ts';
import { createDatabase } from '../support/database.ts';
import { chapter, mentor } from '../support/factories.ts';
import { jsonInProcess, runInProcess } from '../support/in-process.ts';

export const NOTE = 'the text names the wrong year';
export const UNKNOWN: DeviceOutcome = { status: 'unknown', code: 'messaging/server-unavailable' };

/** What tests of commands about claims begin with: a database, the command line on it, and batches that have claimed. */
export async function commandsOnClaims(now: Date) {
  const database = await createDatabase();
  const repository = new ScenarioRepository(database.worker.db);
  const env = { DATABASE_URL: database.worker.url, TEMPORAL_ADDRESS: 'x:y:z', NO_COLOR: '1' };

  const run = (...args: string[]) => runInProcess(args, env);
  const json = (...args: string[]) => jsonInProcess(args, env);

  /** Mentors who have been quiet for years, and a batch that has claimed a notification for each. */
  async function claimed(mentors: number, scenarioType: ScenarioType = 'inactivity', workflowId = 'sweep-a') {
    const chapterId = await chapter(database.db);
    const users: string[] = [];
    for (let i = 0; i < mentors; i++) {
      const activities =
        scenarioType === 'inactivity'
          ? []
          : ['2026-01-01', new Date(now.getTime() - 24 * HOUR).toISOString().slice(0, 10)];
      users.push(await mentor(database.db, { chapterId, activities }));
    }
    const planKey = `${workflowId}-plan`;
    await repository.startRun({ workflowId, firstRunId: workflowId, scenarioType, planKey, asOf: now, now });
    const request = claimRequest(now, { scenarioType, workflowId, planKey });
    const { claimed: claims } = await repository.evaluateAndClaim(request);
    expect(claims).toBe(mentors);
    return { batchKey: request.batchKey, users };
  }

  /** As {@link claimed}, and each may have arrived and is not tried again. */
  async function held(mentors: number, scenarioType: ScenarioType = 'inactivity', at = now) {
    const batch = await claimed(mentors, scenarioType, `sweep-${scenarioType}`);
    await sql`update scenario_claims set on_unknown = 'hold' where batch_key = ${batch.batchKey}`.execute(database.db);
    expect(await dispatchAs(repository, batch.batchKey, at, UNKNOWN)).toMatchObject({ held: mentors });
    return { ...batch, keys: await keysOf(batch.batchKey) };
  }

  const claims = (batchKey: string) =>
    database.db
      .selectFrom('scenario_claims')
      .selectAll()
      .where('batch_key', '=', batchKey)
      .orderBy('user_id')
      .execute();
  const keysOf = async (batchKey: string) => (await claims(batchKey)).map((claim) => claim.idempotency_key);

  return {
    database,
    repository,
    run,
    json,
    claimed,
    held,
    keysOf,
    statesOf: async (batchKey: string) => (await claims(batchKey)).map((claim) => claim.state),
    /** To be called before each test. */
    forgetAll: () =>
      sql`truncate users, evaluation_batches, evaluation_runs, sending_halts, push_gates cascade`.execute(database.db),
    close: () => database.drop(),
  };
}
