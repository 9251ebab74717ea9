import { createHash } from 'node:crypto';
import type pg from 'pg';

/** The id of whatever has this name in the world. */
export function id(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const key = (name: string): string => createHash('sha256').update(name).digest('hex');
const at = `'2026-11-20T09:00:00Z'`;

/** The rows of one table as the matrix looks at them, by label. */
export interface TableRows {
  /** Which row it is; reads only columns that the worker may read. */
  readonly rows: Readonly<Record<string, string>>;
  /** A new row of the same kind: columns, and their values by label. */
  readonly insert: (label: string) => string;
  /** An update that leaves the row as it is; reads and writes a column that the worker may. */
  readonly set: string;
  /** An update that hands a row over to another label. */
  readonly give?: (label: string) => string;
}

const CHAPTER_OF: Record<string, string> = {
  mentor: 'oslo',
  coordinator: 'oslo',
  paused: 'oslo',
  bergen: 'bergen',
  skien: 'skien',
};
const PEOPLE: readonly (readonly [name: string, chapter: string, role: string, status: string])[] = [
  ['mentor', 'oslo', 'peer_mentor', 'active'],
  ['paused', 'oslo', 'peer_mentor', 'inactive'],
  ['bergen', 'bergen', 'peer_mentor', 'active'],
  ['skien', 'skien', 'peer_mentor', 'active'],
  ['coordinator', 'oslo', 'coordinator', 'active'],
  ['coordinator of bergen', 'bergen', 'coordinator', 'active'],
  ['former coordinator', 'oslo', 'coordinator', 'inactive'],
  ['administrator', 'bergen', 'administrator', 'active'],
  ['administrator of south', 'skien', 'administrator', 'active'],
  ['former administrator', 'oslo', 'administrator', 'inactive'],
];

const byLabel = (labels: readonly string[], where: (label: string) => string): Record<string, string> =>
  Object.fromEntries(labels.map((label) => [label, where(label)]));

const owners = ['mentor', 'paused', 'coordinator', 'bergen', 'skien'];
const chapters = ['oslo', 'bergen', 'skien'];
const ofOwners = byLabel(owners, (owner) => `user_id = '${id(owner)}'`);

/** A rule's scope: organization_id, chapter_id. */
function scope(label: string): string {
  if (label === 'everybody') return 'null, null';
  return chapters.includes(label) ? `null, '${id(label)}'` : `'${id(label)}', null`;
}

const notification = (owner: string, name: string): string =>
  `insert into scenario_notifications (user_id, scenario_type, triggered_at, dispatched_at, evaluation_date, cooldown_window_start,
     window_slot, delivery_status, idempotency_key)
   values ('${id(owner)}', 'inactivity', ${at}, ${at}, '2026-11-20', '-infinity', '${name}', 'sent', '${key(`${owner} ${name}`)}')`;

const claim = (owner: string, name: string): string =>
  `insert into scenario_claims (id, batch_key, user_id, chapter_id, scenario_type, triggered_at, evaluation_date, cooldown_window_start,
     window_slot, idempotency_key, date_window, on_unknown, expires_at, claimed_at)
   values ('${id(`claim ${owner} ${name}`)}', 'batch', '${id(owner)}', '${id(CHAPTER_OF[owner]!)}', 'inactivity', ${at}, '2026-11-20',
     '-infinity', '${name}', '${key(`claim ${owner} ${name}`)}', '2026-11-20', 'resend', ${at}, ${at})`;

const logLine = (chapter: string, name: string): string =>
  `insert into follow_up_notification_log (peer_mentor_id, chapter_id, scenario_rule_id, delivered_at, delivery_channel, idempotency_key, status)
   values ('${id(chapter === 'oslo' ? 'mentor' : chapter)}', '${id(chapter)}', '${id('rule of everybody')}', ${at}, 'fcm',
     '${key(`log ${chapter} ${name}`)}', 'delivered')`;

const insertRun = (name: string): string =>
  `insert into evaluation_runs (workflow_id, first_run_id, scenario_type, as_of, plan_key, started_at)
   values ('${name}', 'run', 'inactivity', ${at}, 'plan', ${at})`;
const insertBatch = (name: string): string =>
  `insert into evaluation_batches (batch_key, plan_key, scenario_type, as_of, range_from, workflow_id, run_id, evaluated_at)
   values ('${name}', 'plan', 'inactivity', ${at}, '${id('')}', 'workflow', 'run', ${at})`;
const insertBrake = (name: string): string =>
  `insert into sweep_brakes (plan_key, scenario_type, state, batches, mentors, factor, minimum, planned_at)
   values ('${name}', 'inactivity', 'clear', 1, 1, 3, 100, ${at})`;
const attempt = (name: string): string =>
  `insert into delivery_attempts (claim_id, device_id, platform, attempt, fence, started_at)
   values ('${id('claim mentor old')}', '${id(name)}', 'android', 1, 1, ${at})`;
const skip = (owner: string, occurrence: string): string =>
  `insert into logged_skips (user_id, scenario_rule_id, occurrence, logged_at)
   values ('${id(owner)}', '${id('rule of everybody')}', '${occurrence}', ${at})`;
const rule = (label: string, name: string, type: string): string =>
  `insert into scenario_rules (id, organization_id, chapter_id, scenario_type, cooldown_minutes)
   values ('${id(`${name} of ${label}`)}', ${scope(label)}, '${type}', 60)`;

const policy = (label: string, name: string): string =>
  `insert into delivery_policies (id, organization_id, chapter_id) values ('${id(`${name} of ${label}`)}', ${scope(label)})`;

export const TABLES: Readonly<Record<string, TableRows>> = {
  organizations: {
    rows: byLabel(['north', 'south'], (name) => `id = '${id(name)}'`),
    insert: (name) => `insert into organizations (id, name) values ('${id(`new ${name}`)}', '${name}')`,
    set: `timezone = timezone`,
  },
  chapters: {
    rows: byLabel(chapters, (name) => `id = '${id(name)}'`),
    insert: (name) =>
      `insert into chapters (id, organization_id) values ('${id(`new ${name}`)}', '${id(name === 'skien' ? 'south' : 'north')}')`,
    set: `organization_id = organization_id`,
  },
  users: {
    rows: byLabel(owners, (owner) => `id = '${id(owner)}'`),
    insert: (owner) =>
      `insert into users (id, chapter_id, role) values ('${id(`new ${owner}`)}', '${id(CHAPTER_OF[owner]!)}', 'peer_mentor')`,
    set: `status = status`,
  },
  activities: {
    rows: ofOwners,
    insert: (owner) => `insert into activities (user_id, activity_date) values ('${id(owner)}', '2026-11-02')`,
    set: `activity_date = activity_date`,
  },
  annual_summary: {
    rows: ofOwners,
    insert: (owner) => `insert into annual_summary (user_id, year, session_count) values ('${id(owner)}', 2025, 1)`,
    set: `session_count = session_count`,
  },
  certifications: {
    rows: ofOwners,
    insert: (owner) =>
      `insert into certifications (user_id, certification_type, expires_on) values ('${id(owner)}', 'first aid', '2027-01-01')`,
    set: `expires_on = expires_on`,
  },
  device_tokens: {
    rows: ofOwners,
    insert: (owner) =>
      `insert into device_tokens (user_id, token, platform) values ('${id(owner)}', 'new token of ${owner}', 'ios')`,
    set: `invalidated_at = invalidated_at`,
    give: (owner) => `user_id = '${id(owner)}'`,
  },
  notification_preferences: {
    rows: ofOwners,
    insert: (owner) =>
      `insert into notification_preferences (user_id, scenario_type, enabled) values ('${id(owner)}', 'milestone', false)`,
    set: `enabled = enabled`,
    give: (owner) => `user_id = '${id(owner)}'`,
  },
  scenario_rules: {
    rows: byLabel([...chapters, 'north', 'south', 'everybody'], (name) => `id = '${id(`rule of ${name}`)}'`),
    insert: (name) => rule(name, 'new rule', 'milestone'),
    set: `enabled = enabled`,
    give: (name) => `(organization_id, chapter_id) = (${scope(name).replaceAll(/('[^']*'|null)/g, '$1::uuid')})`,
  },
  delivery_policies: {
    rows: byLabel([...chapters, 'north', 'south', 'everybody'], (name) => `id = '${id(`policy of ${name}`)}'`),
    insert: (name) => policy(name, 'new policy'),
    set: `per_days = per_days`,
    give: (name) => `(organization_id, chapter_id) = (${scope(name).replaceAll(/('[^']*'|null)/g, '$1::uuid')})`,
  },
  rule_changes: {
    rows: byLabel([...chapters, 'north', 'south', 'everybody'], (name) => `row_id = '${id(`rule of ${name}`)}'`),
    insert: () =>
      `insert into rule_changes (table_name, row_id, database_role, after) values ('scenario_rules', '${id('any')}', 'somebody', '{}')`,
    set: `operator = operator`,
  },
  scenario_notifications: {
    rows: ofOwners,
    insert: (owner) => notification(owner, 'new'),
    set: `delivery_status = delivery_status`,
  },
  follow_up_notification_log: {
    rows: byLabel(chapters, (name) => `idempotency_key = '${key(`log ${name} old`)}'`),
    insert: (name) => logLine(name, 'new'),
    set: `status = status`,
  },
  chapter_log: {
    rows: byLabel(chapters, (name) => `idempotency_key = '${key(`log ${name} old`)}'`),
    insert: () => `insert into chapter_log (status) values ('delivered')`,
    set: `status = status`,
  },
  rules_in_force: {
    rows: {
      ...byLabel(chapters, (name) => `scenario_rule_id = '${id(`rule of ${name}`)}' and scope = 'chapter'`),
      ...Object.fromEntries(
        chapters.map((name) => [`${name}_default`, `chapter_id = '${id(name)}' and scope = 'default'`]),
      ),
    },
    insert: () => `insert into rules_in_force (enabled) values (true)`,
    set: `enabled = enabled`,
  },
  scenario_claims: { rows: ofOwners, insert: (owner) => claim(owner, 'new'), set: `state = state` },
  delivery_attempts: { rows: { any: 'true' }, insert: () => attempt('another device'), set: `outcome = outcome` },
  logged_skips: { rows: ofOwners, insert: (owner) => skip(owner, 'new'), set: `logged_at = logged_at` },
  evaluation_runs: { rows: { any: 'true' }, insert: () => insertRun('another'), set: `finished_at = finished_at` },
  evaluation_batches: {
    rows: { any: `batch_key = 'batch'` },
    insert: () => insertBatch('another'),
    set: `claimed = claimed`,
  },
  sweep_budgets: {
    rows: { any: 'true' },
    insert: () => `insert into sweep_budgets (sweep_key, allowance, remaining) values ('another', 1, 1)`,
    set: `remaining = remaining`,
  },
  sweep_brakes: {
    rows: { any: 'true' },
    insert: () => insertBrake('another'),
    set: `state = state`,
  },
  push_rate_limits: {
    rows: { any: 'true' },
    insert: () => `insert into push_rate_limits (project_id, next_free_at) values ('another', ${at})`,
    set: `next_free_at = next_free_at`,
  },
  push_gates: {
    rows: { any: 'true' },
    insert: () => `insert into push_gates (project_id) values ('another')`,
    set: `closures = closures`,
  },
  sending_halts: {
    rows: { any: 'true' },
    insert: () => `insert into sending_halts (note, started_at, ended_at) values ('another', ${at}, ${at})`,
    set: `ended_at = ended_at`,
  },
  access_audit: {
    rows: { any: 'true' },
    insert: () => `insert into access_audit (what, database_role, row_count) values ('another', 'somebody', 1)`,
    set: `what = what`,
  },
};

/** A row of each label in each table, and a user of each kind. */
export async function createWorld(pool: pg.Pool | pg.PoolClient): Promise<void> {
  await pool.query(
    [
      `insert into organizations (id, name) values ('${id('north')}', 'North'), ('${id('south')}', 'South')`,
      ...chapters.map(
        (name) =>
          `insert into chapters (id, organization_id, name) values ('${id(name)}', '${id(name === 'skien' ? 'south' : 'north')}', '${name}')`,
      ),
      ...PEOPLE.map(
        ([name, chapter, role, status]) =>
          `insert into users (id, chapter_id, role, status) values ('${id(name)}', '${id(chapter)}', '${role}', '${status}')`,
      ),
      // A default that is gone leaves room for the matrix to write one.
      `delete from scenario_rules where scenario_type not in ('inactivity', 'certification_expiry')`,
      `update scenario_rules set id = '${id('rule of everybody')}' where scenario_type = 'inactivity'`,
      ...[...chapters, 'north', 'south'].map((name) => rule(name, 'rule', 'inactivity')),
      `update delivery_policies set id = '${id('policy of everybody')}'`,
      ...[...chapters, 'north', 'south'].map((name) => policy(name, 'policy')),
      insertRun('first'),
      insertBatch('batch'),
      ...owners.flatMap((owner) => [
        `insert into activities (user_id, activity_date) values ('${id(owner)}', '2026-11-01')`,
        `insert into annual_summary (user_id, year, session_count) values ('${id(owner)}', 2026, 1)`,
        `insert into certifications (user_id, certification_type, expires_on) values ('${id(owner)}', 'first aid', '2026-12-01')`,
        `insert into device_tokens (user_id, token, platform) values ('${id(owner)}', 'token of ${owner}', 'android')`,
        `insert into notification_preferences (user_id, scenario_type, enabled) values ('${id(owner)}', 'inactivity', true)`,
        notification(owner, 'old'),
        claim(owner, 'old'),
        skip(owner, 'old'),
      ]),
      attempt('device'),
      ...chapters.map((name) => logLine(name, 'old')),
      `insert into sweep_budgets (sweep_key, allowance, remaining) values ('sweep', 1, 1)`,
      insertBrake('plan'),
      `insert into push_rate_limits (project_id, next_free_at) values ('project', ${at})`,
      `insert into push_gates (project_id) values ('project')`,
      `insert into sending_halts (note, started_at) values ('maintenance', ${at})`,
      `insert into access_audit (what, database_role, row_count) values ('something', 'somebody', 1)`,
    ].join(';\n'),
  );
}
