import type pg from 'pg';
import type { ScenarioType } from '../../../../domain/scenarios/registry.ts';

/** A pool or one connection of it. */
export type Queries = Pick<pg.ClientBase, 'query'>;

export interface Mentor {
  readonly id: string;
  readonly chapter_id: string;
  readonly organization_id: string;
  readonly locale: string;
  /** `YYYY-MM-DD`: the date of the run, and the day she joined, both where she is. */
  readonly today: string;
  readonly joined_on: string;
}

export interface Rule {
  readonly id: string;
  readonly organization_id: string | null;
  readonly chapter_id: string | null;
  readonly scenario_type: ScenarioType;
  readonly enabled: boolean;
  readonly cooldown_minutes: number;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const MENTOR = `
  select
    u.id, u.chapter_id, c.organization_id, coalesce(u.locale, 'nb') as locale,
    ($1::timestamptz at time zone o.timezone)::date as today,
    (u.created_at at time zone o.timezone)::date as joined_on
  from users u
  join chapters c on c.id = u.chapter_id
  join organizations o on o.id = c.organization_id
  where u.role = 'peer_mentor' and u.status = 'active'`;

/** The next so many active mentors after this one, by id. */
export async function mentorsAfter(db: Queries, asOf: Date, after: string, count: number): Promise<Mentor[]> {
  const text = `${MENTOR} and u.id > $2 order by u.id limit $3`;
  return (await db.query<Mentor>({ name: 'mentors', text, values: [asOf, after, count] })).rows;
}

/** Null where she is no active mentor any more. */
export async function mentorOf(db: Queries, asOf: Date, id: string): Promise<Mentor | null> {
  return (
    (await db.query<Mentor>({ name: 'mentor', text: `${MENTOR} and u.id = $2`, values: [asOf, id] })).rows[0] ?? null
  );
}

/** Who jobs are made for: so many each. */
export async function mentorGroups(db: Queries, size: number): Promise<string[][]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from users where role = 'peer_mentor' and status = 'active' and chapter_id is not null order by id`,
  );
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, n) =>
    rows.slice(n * size, (n + 1) * size).map(({ id }) => id),
  );
}

/** All of them: a few hundred rows, read once a run. */
export async function readRules(db: Queries): Promise<Rule[]> {
  return (
    await db.query<Rule>(
      'select id, organization_id, chapter_id, scenario_type, enabled, cooldown_minutes, parameters from scenario_rules',
    )
  ).rows;
}

/** The most specific rule: the chapter's, else the organisation's, else everybody's; null where that one is off. */
export function ruleFor(rules: readonly Rule[], scenarioType: ScenarioType, mentor: Mentor): Rule | null {
  const ofType = rules.filter((rule) => rule.scenario_type === scenarioType);
  const rule =
    ofType.find(({ chapter_id }) => chapter_id === mentor.chapter_id) ??
    ofType.find(({ organization_id }) => organization_id === mentor.organization_id) ??
    ofType.find(({ chapter_id, organization_id }) => chapter_id === null && organization_id === null);
  return rule?.enabled ? rule : null;
}
