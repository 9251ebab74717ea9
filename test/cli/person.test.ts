import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { rangeOfMentor } from '../../domain/mentor-range.ts';
import { claimRequest, claimsOf, dispatchAs, logOf, recordsOf } from '../db/claiming.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { mentor } from '../support/factories.ts';
import { runInProcess } from '../support/in-process.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let database: TestDatabase;
let repository: ScenarioRepository;
let [asking, other] = ['', ''];

beforeAll(async () => {
  database = await createDatabase();
  repository = new ScenarioRepository(database.worker.db);
  // An organisation's own column, which the service does not read.
  await database.pool.query(`alter table users add column email text default 'kari@example.org'`);
});
afterAll(() => database.drop());

beforeEach(async () => {
  await database.pool.query('truncate users, evaluation_batches, access_audit cascade');
  [asking, other] = [await toldMentor(), await toldMentor()];
});

const run = (...args: string[]) =>
  runInProcess(['person', ...args], { DATABASE_URL: database.worker.url, TEMPORAL_ADDRESS: 'x:y:z', NO_COLOR: '1' });

/** Somebody with a row wherever something is stored about people. */
async function toldMentor(): Promise<string> {
  const id = await mentor(database.db, { activities: ['2026-01-01'], optedOutOf: ['milestone'] });
  const request = claimRequest(asOf, { range: rangeOfMentor(id), planKey: 'notify' });
  await repository.evaluateAndClaim(request);
  await dispatchAs(repository, request.batchKey, asOf);
  await database.pool.query(
    `with c as (insert into certifications (user_id, certification_type, expires_on) values ($1, 'First aid', '2027-01-01')),
       s as (insert into annual_summary (user_id, year, session_count) values ($1, 2026, 1)),
       k as (insert into logged_skips (user_id, scenario_rule_id, occurrence, logged_at)
         select $1, id, '', now() from scenario_rules where scenario_type = 'inactivity'),
       r as (insert into rule_changes (table_name, row_id, person, email, database_role, after)
         values ('scenario_rules', gen_random_uuid(), $1, 'signed.in@example.org', 'authenticated', '{}'))
     insert into access_audit (what, database_role, person, row_count, detail)
     values ('register_device_token', 'somebody', $1, 1, jsonb_build_object('person_before', gen_random_uuid())),
       ('register_device_token', 'somebody', null, 1, jsonb_build_object('person_before', $1::uuid))`,
    [id],
  );
  return id;
}

const audit = async (what: string) =>
  (await database.pool.query('select person, row_count::int, detail from access_audit where what = $1', [what])).rows;

describe('person export', () => {
  test('prints every row about them, of every table that has any, and nobody else’s', async () => {
    const { code, out } = await run('export', '--user', asking);
    expect(code).toBe(0);
    const { user_id, ...tables } = JSON.parse(out) as Record<string, Record<string, unknown>[]>;
    expect(user_id).toBe(asking);
    expect(Object.entries(tables).filter(([, rows]) => rows.length === 0)).toEqual([]);
    expect(out).not.toContain(other);
    expect(tables).toMatchObject({
      users: [{ id: asking, role: 'peer_mentor' }],
      device_tokens: [{ token: expect.any(String), platform: 'android' }],
      scenario_claims: [{ state: 'sent', cooldown_window_start: null, claimed_at: '2026-11-20T09:00:00+00:00' }],
      delivery_attempts: [{ outcome: 'accepted' }],
      scenario_notifications: [{ delivery_status: 'sent' }],
      follow_up_notification_log: [{ status: 'delivered' }],
    });
    expect(tables['access_audit']).toHaveLength(2);
  });

  test('knows every table that refers to people', async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      `select conrelid::regclass::text as name from pg_constraint where contype = 'f' and confrelid = 'users'::regclass`,
    );
    const exported = JSON.parse((await run('export', '--user', asking)).out) as object;
    expect(Object.keys(exported)).toEqual(expect.arrayContaining(rows.map((row) => row.name)));
  });

  test('lets nothing out that the service does not read', async () => {
    expect((await run('export', '--user', asking)).out).not.toContain('kari@example.org');
  });

  test('is written down, with whom it was about', async () => {
    await run('export', '--user', asking);
    expect(await audit('export_person')).toEqual([{ person: asking, row_count: expect.any(Number), detail: {} }]);
  });
});

describe('person erase', () => {
  test('takes all that is the service’s, of them alone', async () => {
    const { code, out } = await run('erase', '--user', asking, '--yes', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      user_id: asking,
      erased: {
        scenario_claims: 1,
        logged_skips: 1,
        follow_up_notification_log: 1,
        scenario_notifications: 1,
        evaluation_batches: 1,
        rule_changes: 1,
        access_audit: 2,
      },
      is_still_a_user: true,
    });
    for (const rowsOf of [claimsOf, recordsOf, logOf]) {
      expect(await rowsOf(database.db, asking)).toEqual([]);
      expect(await rowsOf(database.db, other)).toHaveLength(1);
    }
    expect((await database.pool.query('select from delivery_attempts')).rowCount).toBe(1);
  });

  test('leaves no line of the audit that names them, its own among them', async () => {
    await run('export', '--user', asking);
    await run('erase', '--user', asking, '--yes');
    expect(await audit('erase_person')).toMatchObject([{ person: null, row_count: 9 }]);
    const { rows } = await database.pool.query('select * from access_audit');
    expect(JSON.stringify(rows)).not.toContain(asking);
    expect(JSON.stringify(rows)).toContain(other);
  });

  test('leaves what the organisation stores to the organisation, and says so', async () => {
    expect((await run('erase', '--user', asking, '--yes')).out).toContain('their row of users is still there');
    const left = JSON.parse((await run('export', '--user', asking)).out) as Record<string, unknown[]>;
    expect(
      Object.keys(left)
        .filter((table) => left[table]!.length > 0)
        .toSorted(),
    ).toEqual([
      'activities',
      'annual_summary',
      'certifications',
      'device_tokens',
      'notification_preferences',
      'user_id',
      'users',
    ]);
  });

  test('and with the row of users nothing is left at all', async () => {
    await run('erase', '--user', asking, '--yes');
    await database.pool.query('delete from users where id = $1', [asking]);
    expect(await run('export', '--user', asking)).toMatchObject({ code: 1 });
  });

  test('asks first: without a terminal and without --yes it changes nothing', async () => {
    expect(await run('erase', '--user', asking)).toMatchObject({
      code: 2,
      error: expect.stringContaining('E_NOT_CONFIRMED: person erase: this deletes all'),
    });
    expect(await recordsOf(database.db, asking)).toHaveLength(1);
  });
});

test.each(['export', 'erase'])(
  'person %s of somebody about whom nothing is stored fails, and is not written down',
  async (what) => {
    const { code, error } = await run(what, '--user', randomUUID(), ...(what === 'erase' ? ['--yes'] : []));
    expect(code).toBe(1);
    expect(error).toMatch(/^E_PERSON_UNKNOWN: --user: nothing is stored about/);
    expect(await audit(`${what}_person`)).toEqual([]);
  },
);

test.each(['export', 'erase'])('person %s wants the UUID of a user', async (what) => {
  expect(await run(what, '--user', 'kari')).toMatchObject({
    code: 2,
    error: expect.stringContaining('expected the UUID of a user, got "kari"'),
  });
  expect(await run(what)).toMatchObject({ code: 2, error: expect.stringContaining('--user') });
});
