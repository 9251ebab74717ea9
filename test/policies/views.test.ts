import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import type { DeviceOutcome } from '../../domain/outcome.ts';
import { ACCEPTED, begin, claimRequest, settle, takeOver } from '../db/claiming.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, mentor, organization, rule } from '../support/factories.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
const REJECTED: DeviceOutcome = { status: 'rejected', code: 'messaging/invalid', retryable: false, tokenIsDead: false };
let database: TestDatabase;
let coordinator: string;
let organizationId: string;
let chapterId: string;
let rules: Record<'chapter' | 'organization' | 'default', string>;

beforeAll(async () => {
  database = await createDatabase();
  const { db } = database;
  organizationId = await organization(db);
  chapterId = await chapter(db, { organizationId });
  coordinator = await mentor(db, { chapterId, role: 'coordinator' });
  const { id } = await db
    .selectFrom('scenario_rules')
    .select('id')
    .where('scenario_type', '=', 'milestone')
    .executeTakeFirstOrThrow();
  rules = {
    chapter: await rule(db, { scenarioType: 'welcome_back', chapterId, enabled: false, cooldownMinutes: 7 }),
    organization: await rule(db, { scenarioType: 'certification_expiry', organizationId }),
    default: id,
  };
  // One that counts nowhere here: the chapter has its own.
  await rule(db, { scenarioType: 'welcome_back', organizationId });
});
afterAll(() => database.drop());

async function asCoordinator<Row>(query: string): Promise<Row[]> {
  const client = await database.pool.connect();
  try {
    await client.query(`begin read only; set local role authenticated`);
    await client.query(`select set_config('request.jwt.claims', $1, true)`, [JSON.stringify({ sub: coordinator })]);
    return (await client.query(query)).rows as Row[];
  } finally {
    await client.query('rollback');
    client.release();
  }
}

test('rules_in_force has for each scenario the rule that counts in the chapter, and whose it is', async () => {
  const rows = await asCoordinator<Record<string, unknown>>('select * from rules_in_force order by scenario_type');
  expect(rows).toMatchObject([
    { scenario_type: 'certification_expiry', scope: 'organization', scenario_rule_id: rules.organization },
    { scenario_type: 'inactivity', scope: 'default', enabled: true, cooldown_minutes: 20160 },
    { scenario_type: 'milestone', scope: 'default', scenario_rule_id: rules.default },
    { scenario_type: 'welcome_back', scope: 'chapter', scenario_rule_id: rules.chapter, enabled: false },
  ]);
  expect(rows.every((row) => row['chapter_id'] === chapterId)).toBe(true);
  expect(Object.keys(rows[0]!)).toEqual([
    'chapter_id',
    'scenario_type',
    'scenario_rule_id',
    'scope',
    'enabled',
    'cooldown_minutes',
    'on_unknown',
    'starts_on',
    'parameters',
  ]);
});

describe('chapter_log', () => {
  test('says of each line which scenario it was, and why it was skipped or failed', async () => {
    const repository = new ScenarioRepository(database.worker.db);
    const told = await mentor(database.db, { chapterId });
    const refused = await mentor(database.db, { chapterId });
    const unreachable = await mentor(database.db, { chapterId, devices: [] });
    const request = claimRequest(asOf);
    await repository.evaluateAndClaim(request);
    const fence = await takeOver(repository, request.batchKey, asOf);
    const attempts = await begin(repository, request.batchKey, fence, asOf);
    await repository.learnOutcomes(
      attempts.map((each) => ({ ...each, outcome: each.user_id === told ? ACCEPTED : REJECTED, answered_at: asOf })),
      asOf,
    );
    await settle(repository, request.batchKey, fence, asOf);

    const rows = await asCoordinator<Record<string, unknown>>('select * from chapter_log order by status');
    expect(rows).toMatchObject([
      { peer_mentor_id: told, scenario_type: 'inactivity', status: 'delivered', reason: null },
      { peer_mentor_id: refused, scenario_type: 'inactivity', status: 'failed', reason: 'rejected' },
      { peer_mentor_id: unreachable, scenario_type: 'inactivity', status: 'skipped', reason: 'no_device_token' },
    ]);
    const table = await asCoordinator<object>('select * from follow_up_notification_log');
    expect(Object.keys(rows[0]!).toSorted()).toEqual([...Object.keys(table[0]!), 'reason', 'scenario_type'].toSorted());
  });

  test('is read only', async () => {
    for (const statement of ['delete from chapter_log', `update rules_in_force set enabled = false`]) {
      await expect(asCoordinator(statement)).rejects.toThrow(/cannot (delete from|update) view|permission denied/);
    }
  });
});
