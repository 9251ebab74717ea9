import { sql, type Kysely, type Transaction } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { insertRows } from './insert-rows.ts';
import { ORGANIZATIONS } from './places.ts';
import { mentorId, organizationId, sampleRows, type SampleRows } from './sample-rows.ts';

export interface SampleOptions {
  /** What "today", "last month" and "due" are relative to. */
  readonly asOf: Date;
  /** The same seed, the same data, ids included. @default 1 */
  readonly seed?: number;
  /** @default 3000 */
  readonly mentors?: number;
}

export interface SampleSummary {
  readonly mentors: number;
  readonly chapters: number;
  readonly organizations: number;
  /** Nothing was written: the data of this seed is there, laid out around the `asOf` of that time. */
  readonly alreadyThere: boolean;
}

const DEFAULT_SEED = 1;
const DEFAULT_MENTORS = 3_000;

/**
 * Fills a migrated database with a few organisations, their chapters, rules and mentors, so that at `asOf` each scenario
 * is due for some and every suppression occurs but `in_flight`: a claim that nobody is settling would be a lie.
 * All of it in one transaction, once: another call finds it there, one at the same time waits for it.
 */
export async function loadSampleData(db: Kysely<Database>, options: SampleOptions): Promise<SampleSummary> {
  const { asOf, seed = DEFAULT_SEED, mentors = DEFAULT_MENTORS } = options;
  const ids = ORGANIZATIONS.map(({ name }) => organizationId(seed, name));
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('scenario-push sample data'))`.execute(tx);
    const alreadyThere = await hasSampleData(tx, seed);
    if (!alreadyThere) {
      const rules = await defaultRules(tx);
      await insertAll(tx, sampleRows({ asOf, seed, mentors, defaultRuleId: (type) => rules.get(type)! }));
      await keepHours(tx, seed);
    }
    return { ...(await count(tx, seed, ids)), alreadyThere };
  });
}

export async function hasSampleData(db: Kysely<Database>, seed: number = DEFAULT_SEED): Promise<boolean> {
  const ids = ORGANIZATIONS.map(({ name }) => organizationId(seed, name));
  const there = await db.selectFrom('organizations').select('id').where('id', 'in', ids).limit(1).executeTakeFirst();
  return there !== undefined;
}

/** Any hour for everybody but the organisations that keep hours: a start at night still sends. */
async function keepHours(tx: Transaction<Database>, seed: number): Promise<void> {
  await tx
    .updateTable('delivery_policies')
    .set(({ ref }) => ({ send_until: ref('send_from') }))
    .where('organization_id', 'is', null)
    .where('chapter_id', 'is', null)
    .execute();
  const policies = ORGANIZATIONS.flatMap(({ name, hours }) =>
    hours ? [{ organization_id: organizationId(seed, name), send_from: hours.from, send_until: hours.until }] : [],
  );
  await tx.insertInto('delivery_policies').values(policies).execute();
}

async function defaultRules(tx: Transaction<Database>): Promise<Map<string, string>> {
  const rules = await tx
    .selectFrom('scenario_rules')
    .select(['id', 'scenario_type'])
    .where('organization_id', 'is', null)
    .where('chapter_id', 'is', null)
    .execute();
  return new Map(rules.map((rule) => [rule.scenario_type, rule.id]));
}

async function insertAll(tx: Transaction<Database>, rows: SampleRows): Promise<void> {
  const id = 'uuid';
  const text = 'text';
  const instant = 'timestamptz';
  await insertRows(tx, 'organizations', { id, name: text, timezone: text }, rows.organizations);
  await insertRows(tx, 'chapters', { id, organization_id: id, name: text }, rows.chapters);
  await insertRows(
    tx,
    'scenario_rules',
    {
      id,
      organization_id: id,
      chapter_id: id,
      scenario_type: text,
      enabled: 'boolean',
      cooldown_minutes: 'int',
      parameters: 'jsonb',
    },
    rows.scenario_rules,
  );
  await insertRows(
    tx,
    'users',
    { id, chapter_id: id, role: text, status: text, locale: text, created_at: instant },
    rows.users,
  );
  await insertRows(tx, 'activities', { id, user_id: id, activity_date: 'date', created_at: instant }, rows.activities);
  await insertRows(
    tx,
    'annual_summary',
    { user_id: id, year: 'int', session_count: 'int', computed_at: instant },
    rows.annual_summary,
  );
  await insertRows(
    tx,
    'certifications',
    { id, user_id: id, certification_type: text, expires_on: 'date' },
    rows.certifications,
  );
  await insertRows(
    tx,
    'device_tokens',
    {
      id,
      user_id: id,
      token: text,
      platform: text,
      registered_at: instant,
      last_seen_at: instant,
      invalidated_at: instant,
      invalidation_reason: text,
    },
    rows.device_tokens,
  );
  await insertRows(
    tx,
    'notification_preferences',
    { user_id: id, scenario_type: text, enabled: 'boolean' },
    rows.notification_preferences,
  );
  await insertRows(
    tx,
    'scenario_notifications',
    {
      id,
      user_id: id,
      scenario_type: text,
      scenario_rule_id: id,
      triggered_at: instant,
      dispatched_at: instant,
      evaluation_date: 'date',
      milestone_year: 'int',
      milestone_value: 'int',
      occurrence: text,
      cooldown_window_start: instant,
      window_slot: text,
      delivery_status: text,
      idempotency_key: text,
    },
    rows.scenario_notifications,
  );
  await insertRows(
    tx,
    'follow_up_notification_log',
    {
      log_id: id,
      peer_mentor_id: id,
      chapter_id: id,
      scenario_rule_id: id,
      delivered_at: instant,
      delivery_channel: text,
      status: text,
      idempotency_key: text,
    },
    rows.follow_up_notification_log,
  );
}

/** Mentors are numbered without gaps, so there cannot be more of them than there are mentors at all. */
async function count(
  tx: Transaction<Database>,
  seed: number,
  organizations: string[],
): Promise<Omit<SampleSummary, 'alreadyThere'>> {
  const { rows } = await sql<{ everybody: number; chapters: number }>`
    select
      (select count(*) from users where role = 'peer_mentor')::int as everybody,
      (select count(*) from chapters where organization_id = any (${organizations}))::int as chapters`.execute(tx);
  const { everybody, chapters } = rows[0]!;
  const ids = Array.from({ length: everybody }, (_, index) => mentorId(seed, index));
  const mentors = await sql<{
    count: number;
  }>`select count(*)::int as count from users where id = any (${ids}::uuid[])`.execute(tx);
  return { mentors: mentors.rows[0]!.count, chapters, organizations: organizations.length };
}
