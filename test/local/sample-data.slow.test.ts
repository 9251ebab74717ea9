import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql, type Kysely } from 'kysely';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import type { Database } from '../../db/tables.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import { SCENARIO_TYPES, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { loadSampleData } from '../../local/sample-data/load-sample-data.ts';
import { PORTRAITS } from '../../local/sample-data/portraits.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let first: TestDatabase;
let second: TestDatabase;

beforeAll(async () => {
  [first, second] = await Promise.all([createDatabase(), createDatabase()]);
  await loadSampleData(first.db, { asOf });
});
afterAll(() => Promise.all([first.drop(), second.drop()]));

/** The types that the sample has portraits for, and why some of their mentors are not told. */
const ARRANGED: readonly [ScenarioType, string[]][] = [
  ['inactivity', ['opted_out', 'already_sent', 'cooldown', 'no_device_token']],
  ['milestone', ['opted_out', 'no_device_token']],
  ['certification_expiry', ['opted_out', 'cooldown', 'no_device_token']],
  ['welcome_back', ['opted_out', 'cooldown', 'no_device_token']],
];

/** Verdicts by scenario type: how many candidates for each reason, `send` for those without one. */
async function verdicts(db: Kysely<Database>, at: Date): Promise<Record<string, Record<string, number>>> {
  const repository = new ScenarioRepository(db);
  const found: Record<string, Record<string, number>> = {};
  for (const scenarioType of SCENARIO_TYPES) {
    const counts: Record<string, number> = {};
    for await (const { reason } of repository.previewCandidates({ scenarioType, asOf: at, range: rangeOf(0, 1) })) {
      counts[reason ?? 'send'] = (counts[reason ?? 'send'] ?? 0) + 1;
    }
    found[scenarioType] = counts;
  }
  return found;
}

/** All rows that the sample wrote, as text. Rules that the migrations made have other ids in every database. */
async function contents(db: Kysely<Database>): Promise<Record<string, string>> {
  const tables = {
    organizations: 'id',
    chapters: 'id',
    users: 'id',
    activities: 'id',
    annual_summary: 'user_id',
    certifications: 'id',
    device_tokens: 'id',
    notification_preferences: 'user_id',
    scenario_notifications: 'id',
    follow_up_notification_log: 'log_id',
  };
  const found: Record<string, string> = {};
  for (const [table, order] of Object.entries(tables)) {
    const { rows } = await sql<{ md5: string }>`
      select md5(string_agg(row::text, chr(10) order by row ->> ${order}, row::text)) as md5
      from (select to_jsonb(t) - 'created_at' - 'scenario_rule_id'
        - ${table === 'follow_up_notification_log' ? 'idempotency_key' : ''}::text as row from ${sql.table(table)} t) rows`.execute(
      db,
    );
    found[table] = rows[0]!.md5;
  }
  return found;
}

describe('the sample', () => {
  test('has a few thousand mentors in some twenty chapters of four timezones', async () => {
    expect(await loadSampleData(first.db, { asOf })).toMatchObject({ mentors: 3000, chapters: 20, organizations: 4 });
    const zones = await first.db.selectFrom('organizations').select('timezone').orderBy('timezone').execute();
    expect(zones.map((row) => row.timezone)).toEqual([
      'America/New_York',
      'Asia/Tokyo',
      'Europe/London',
      'Europe/Oslo',
    ]);
  });

  test('is not loaded twice, not even around another day', async () => {
    const before = await contents(first.db);
    const again = await loadSampleData(first.db, { asOf: new Date('2026-12-24T09:00:00Z') });
    expect(again).toEqual({ mentors: 3000, chapters: 20, organizations: 4, alreadyThere: true });
    expect(await contents(first.db)).toEqual(before);
  });

  test('is the same in another database, also when two load it at once', async () => {
    const both = await Promise.all([loadSampleData(second.db, { asOf }), loadSampleData(second.db, { asOf })]);
    expect(both.map((summary) => summary.alreadyThere).sort()).toEqual([false, true]);
    expect(await contents(second.db)).toEqual(await contents(first.db));
  });

  test('of another seed lies beside it', async () => {
    const other = await loadSampleData(second.db, { asOf, seed: 2, mentors: 100 });
    expect(other).toEqual({ mentors: 100, chapters: 20, organizations: 4, alreadyThere: false });
  });

  test.each(ARRANGED)('has %s due for a modest share of the mentors', async (scenarioType) => {
    const { send = 0 } = (await verdicts(first.db, asOf))[scenarioType]!;
    expect(send).toBeGreaterThan(0.01 * 3000);
    expect(send).toBeLessThan(0.06 * 3000);
  });

  test.each(ARRANGED)('suppresses some %s for each reason that is possible', async (scenarioType, reasons) => {
    const { send: _, ...suppressed } = (await verdicts(first.db, asOf))[scenarioType]!;
    expect(Object.keys(suppressed).sort()).toEqual([...reasons].sort());
    for (const count of Object.values(suppressed)) expect(count).toBeLessThan(0.03 * 3000);
  });

  test('holds what else an evaluation meets', async () => {
    const { rows } = await sql<Record<string, number>>`
      select
        (select count(*) from users where status = 'inactive')::int as retired,
        (select count(*) from users where role = 'peer_mentor' and chapter_id is null)::int as "without a chapter",
        (select count(*) from users where role = 'coordinator')::int as coordinators,
        (select count(*) from users where role = 'administrator')::int as administrators,
        (select count(distinct locale) from users)::int as locales,
        (select count(*) from device_tokens where token like 'unregistered-%' and invalidated_at is null)::int as "dead tokens",
        (select count(*) from (select from device_tokens group by user_id having count(*) > 1) several)::int as "several devices",
        (select count(distinct platform) from device_tokens)::int as platforms,
        (select count(*) from annual_summary where computed_at < ${asOf}::timestamptz - interval '48 hours')::int as "stale summaries",
        (select count(*) from scenario_rules where not enabled)::int as "disabled rules",
        (select count(*) from users u where not exists (select from annual_summary s where s.user_id = u.id)
          and exists (select from activities a where a.user_id = u.id and a.activity_date >= '2026-01-01'))::int as "missing summaries"`.execute(
      first.db,
    );
    for (const [what, count] of Object.entries(rows[0]!)) expect([what, count]).toEqual([what, expect.any(Number)]);
    expect(Object.entries(rows[0]!).filter(([, count]) => count < 2)).toEqual([]);
    expect(rows[0]).toMatchObject({ coordinators: 20, administrators: 4, locales: 3, platforms: 3 });
  });

  test('has a line for coordinators for every record of a mentor in a chapter', async () => {
    const { rows } = await sql`
      select n.id from scenario_notifications n join users u on u.id = n.user_id and u.chapter_id is not null
      where not exists (select from follow_up_notification_log l
        where l.peer_mentor_id = n.user_id and l.scenario_rule_id = n.scenario_rule_id and l.delivered_at = n.dispatched_at)`.execute(
      first.db,
    );
    expect(rows).toEqual([]);
  });

  test('links each record to the one before it', async () => {
    const { rows } = await sql`
      select id from (
        select id, cooldown_window_start, coalesce(lag(cooldown_from) over w, '-infinity') as before
        from scenario_notifications where scenario_type in ('inactivity', 'welcome_back')
        window w as (partition by user_id, scenario_type order by cooldown_from)
      ) linked where cooldown_window_start <> before`.execute(first.db);
    expect(rows).toEqual([]);
  });
});

test.each([
  ['the first day of a year', '2027-01-01T10:00:00Z'],
  ['midnight in Oslo on the day the clocks change', '2026-03-28T23:00:00Z'],
  ['a leap day', '2028-02-29T05:00:00Z'],
])('a small sample around %s has every scenario of its portraits due', async (_, instant) => {
  const small = await createDatabase();
  try {
    const at = new Date(instant);
    await loadSampleData(small.db, { asOf: at, mentors: PORTRAITS.length, seed: 7 });
    const found = await verdicts(small.db, at);
    for (const [scenarioType] of ARRANGED)
      expect([scenarioType, found[scenarioType]!['send']]).toEqual([scenarioType, expect.any(Number)]);
  } finally {
    await small.drop();
  }
});
