import { describe, expect, test } from '@jest/globals';
import { migrateDown, migrateUp } from '../../db/migrate.ts';
import { dumpSchema } from '../../db/schema-dump.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import type { TestDatabase } from '../support/database.ts';
import { databasesOfEachTest, everything, files, sqlOf } from './migrating.ts';
import { mentorId } from './own-tables.ts';

const setup = databasesOfEachTest();

async function rules(database: TestDatabase): Promise<unknown[]> {
  const { rows } = await database.pool.query('select * from public.scenario_rules order by scenario_type collate "C"');
  return rows;
}

describe('on an empty database', () => {
  test('running every file twice changes nothing', async () => {
    const database = await setup({ migrated: true });
    const [schema, defaults] = [await dumpSchema(database.pool), await rules(database)];
    for (const file of files) await database.pool.query(sqlOf(file));
    expect(await dumpSchema(database.pool)).toBe(schema);
    expect(await rules(database)).toEqual(defaults);
  });

  test('a second migrate up has nothing to do', async () => {
    const database = await setup({ migrated: true });
    expect(await migrateUp(database.db)).toEqual([]);
  });

  test('all the way down leaves nothing behind, twice as well as once', async () => {
    const database = await setup({ migrated: true });
    const undone = await migrateDown(database.db, { steps: 'all' });
    expect(undone.map((step) => `${step.name}.sql`)).toEqual([...files].reverse());
    expect(await everything(database)).toEqual([]);
    for (const file of [...files].reverse()) await database.pool.query(sqlOf(`down/${file}`));
    expect(await everything(database)).toEqual([]);
  });

  test('up after all the way down gives the same schema', async () => {
    const database = await setup({ migrated: true });
    const schema = await dumpSchema(database.pool);
    await migrateDown(database.db, { steps: 'all' });
    await migrateUp(database.db);
    expect(await dumpSchema(database.pool)).toBe(schema);
  });

  test('every single step down and up again gives the same schema', async () => {
    const database = await setup({ migrated: true });
    const schema = await dumpSchema(database.pool);
    for (let steps = 1; steps <= files.length; steps += 4) {
      expect(await migrateDown(database.db, { steps })).toHaveLength(steps);
      expect(await migrateUp(database.db)).toHaveLength(steps);
      expect(await dumpSchema(database.pool)).toBe(schema);
    }
  });

  test('two processes that migrate at once do it once', async () => {
    const database = await setup({ migrated: false });
    const [first, second] = await Promise.all([migrateUp(database.db), migrateUp(database.db)]);
    expect(first.length + second.length).toBe(files.length);
  });

  test('two databases of one cluster can be migrated, and taken down, at once', async () => {
    const databases = await Promise.all([1, 2, 3].map(() => setup({ migrated: false })));
    await Promise.all(databases.map((database) => migrateUp(database.db)));
    await Promise.all(databases.slice(1).map((database) => migrateDown(database.db, { steps: 'all' })));
    // The first one still needs the roles that the others may have made.
    await databases[0]!.pool.query('begin; set local role authenticated; select auth.uid(); rollback');
  });

  test('the defaults are there for everybody', async () => {
    const database = await setup({ migrated: true });
    const common = {
      id: expect.any(String),
      organization_id: null,
      chapter_id: null,
      enabled: true,
      on_unknown: 'resend',
      starts_on: null,
    };
    const all = await rules(database);
    expect(all).toHaveLength(SCENARIO_TYPES.length);
    const first = [
      { ...common, scenario_type: 'certification_expiry', cooldown_minutes: 0, parameters: { lead_days: [60, 30, 7] } },
      {
        ...common,
        scenario_type: 'inactivity',
        cooldown_minutes: 20160,
        parameters: { inactive_days: 30, max_reminders: 3 },
      },
      {
        ...common,
        scenario_type: 'milestone',
        cooldown_minutes: 0,
        parameters: { thresholds: [50, 100, 200], summary_max_age_hours: 48 },
      },
      {
        ...common,
        scenario_type: 'welcome_back',
        cooldown_minutes: 43200,
        parameters: { gap_days: 30, recent_days: 7 },
      },
    ];
    expect(all).toEqual(expect.arrayContaining(first));
  });

  test('everybody is notified from 08:00 to 21:00, however often', async () => {
    const database = await setup({ migrated: false });
    await migrateUp(database.db);
    const { rows } = await database.pool.query('select * from public.delivery_policies');
    expect(rows).toEqual([
      {
        id: expect.any(String),
        organization_id: null,
        chapter_id: null,
        send_from: '08:00:00',
        send_until: '21:00:00',
        max_notifications: null,
        per_days: 7,
      },
    ]);
  });

  test('a default that an operator changed stays changed', async () => {
    const database = await setup({ migrated: true });
    await database.pool.query(
      `update public.scenario_rules set cooldown_minutes = 5 where scenario_type = 'inactivity'`,
    );
    for (const file of files) await database.pool.query(sqlOf(file));
    expect(await rules(database)).toContainEqual(
      expect.objectContaining({ scenario_type: 'inactivity', cooldown_minutes: 5 }),
    );
  });
});

describe('auth.uid()', () => {
  test.each([
    ['unset', undefined, null],
    ['empty', '', null],
    ['without a subject', '{}', null],
    ['of somebody', `{"sub": "${mentorId}"}`, mentorId],
  ])('with claims %s', async (_, claims, expected) => {
    const { pool } = await setup({ migrated: true });
    const client = await pool.connect();
    try {
      if (claims !== undefined) await client.query(`select set_config('request.jwt.claims', $1, false)`, [claims]);
      expect((await client.query('select auth.uid() as uid')).rows).toEqual([{ uid: expected }]);
    } finally {
      client.release();
    }
  });
});
