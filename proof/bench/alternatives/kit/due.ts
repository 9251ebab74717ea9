import type { MessageValues } from '../../../../domain/scenarios/definition.ts';
import { SCENARIOS, type ScenarioType } from '../../../../domain/scenarios/registry.ts';
import type { Mentor, Queries, Rule } from './mentor.ts';

export interface Candidate {
  readonly occurrence: string;
  /** Follows the date in the idempotency key. */
  readonly keySuffix: string;
  readonly milestoneYear: number | null;
  readonly milestoneValue: number | null;
  readonly values: MessageValues;
}

type Due = (db: Queries, asOf: Date, mentor: Mentor, rule: Rule) => Promise<Candidate[]>;

/** What one mentor is due for, in the order of sending, by scenario type. A query or two each. */
const DUE = {
  inactivity,
  milestone,
  certification_expiry: certificationExpiry,
  welcome_back: welcomeBack,
} satisfies Partial<Record<ScenarioType, Due>>;

/** What is compared: a type that came later need not be written in other ways. */
export type ComparedType = keyof typeof DUE;
export const COMPARED_TYPES = Object.keys(DUE) as ComparedType[];

export function dueFor(type: ComparedType): Due {
  return DUE[type];
}

function parametersOf<P>({ scenario_type, parameters }: Rule): P {
  return { ...SCENARIOS[scenario_type].parameterDefaults, ...parameters } as P;
}

const plain = { milestoneYear: null, milestoneValue: null };

async function inactivity(db: Queries, _asOf: Date, mentor: Mentor, rule: Rule): Promise<Candidate[]> {
  const { inactive_days, max_reminders } = parametersOf<{ inactive_days: number; max_reminders: number | null }>(rule);
  const { rows } = await db.query<{ days: number; reminders: number }>({
    name: 'inactivity',
    text: `
      select
        $2::date - l.last_activity as days,
        (
          select count(*) from scenario_notifications n
          where n.user_id = $1 and n.scenario_type = 'inactivity' and n.evaluation_date > l.last_activity
        )::int as reminders
      from (
        select coalesce(
          (select max(activity_date) from activities where user_id = $1 and activity_date <= $2::date), $3::date
        ) as last_activity
      ) l`,
    values: [mentor.id, mentor.today, mentor.joined_on],
  });
  const { days, reminders } = rows[0]!;
  if (days < inactive_days || (max_reminders !== null && reminders >= max_reminders)) return [];
  return [{ ...plain, occurrence: '', keySuffix: '', values: { days } }];
}

async function milestone(db: Queries, asOf: Date, mentor: Mentor, rule: Rule): Promise<Candidate[]> {
  const { thresholds, summary_max_age_hours } = parametersOf<{
    thresholds: number[];
    summary_max_age_hours: number | null;
  }>(rule);
  const year = Number(mentor.today.slice(0, 4));
  const { rows } = await db.query<{ sessions: number }>({
    name: 'sessions',
    text: `
      select coalesce(
        (
          select session_count from annual_summary
          where user_id = $1 and year = $2 and computed_at <= $3
            and ($4::int is null or computed_at >= $3::timestamptz - make_interval(hours => $4))
        ),
        (select count(*) from activities where user_id = $1 and activity_date between make_date($2, 1, 1) and $5::date)
      )::int as sessions`,
    values: [mentor.id, year, asOf, summary_max_age_hours, mentor.today],
  });
  const reached = thresholds.filter((threshold) => threshold <= rows[0]!.sessions);
  if (reached.length === 0) return [];
  const told = await db.query<{ milestone_value: number }>({
    name: 'milestones_told',
    text: `select milestone_value from scenario_notifications where user_id = $1 and scenario_type = 'milestone' and milestone_year = $2`,
    values: [mentor.id, year],
  });
  const values = new Set(told.rows.map(({ milestone_value }) => milestone_value));
  return reached
    .filter((threshold) => !values.has(threshold))
    .map((threshold) => ({
      occurrence: `${year}:${threshold}`,
      keySuffix: `:${threshold}`,
      milestoneYear: year,
      milestoneValue: threshold,
      values: { sessions: threshold, year },
    }));
}

async function certificationExpiry(db: Queries, _asOf: Date, mentor: Mentor, rule: Rule): Promise<Candidate[]> {
  const { lead_days } = parametersOf<{ lead_days: number[] }>(rule);
  const { rows } = await db.query<{
    id: string;
    certification_type: string;
    expires_on: string;
    days_left: number;
    leads_told: number[];
  }>({
    name: 'certificates',
    text: `
      select
        c.id, c.certification_type, c.expires_on, c.expires_on - $2::date as days_left,
        array(
          select split_part(n.occurrence, ':', 3)::int from scenario_notifications n
          where n.user_id = $1 and n.scenario_type = 'certification_expiry'
            and starts_with(n.occurrence, c.id || ':' || to_char(c.expires_on, 'YYYY-MM-DD') || ':')
        ) as leads_told
      from certifications c
      where c.user_id = $1 and c.expires_on between $2::date and $2::date + $3::int
        and not exists (
          select from certifications later
          where later.user_id = $1 and later.certification_type = c.certification_type and later.expires_on > c.expires_on
        )
      order by c.expires_on, c.id`,
    values: [mentor.id, mentor.today, Math.max(...lead_days)],
  });
  return rows.flatMap(({ id, certification_type, expires_on, days_left, leads_told }) => {
    const lead = Math.min(...lead_days.filter((days) => days >= days_left));
    if (leads_told.some((told) => told <= lead)) return [];
    const values = { certification: certification_type, days: days_left, date: expires_on };
    return [{ ...plain, occurrence: `${id}:${expires_on}:${lead}`, keySuffix: `:${id}:${lead}`, values }];
  });
}

async function welcomeBack(db: Queries, _asOf: Date, mentor: Mentor, rule: Rule): Promise<Candidate[]> {
  const { gap_days, recent_days } = parametersOf<{ gap_days: number; recent_days: number }>(rule);
  const { rows } = await db.query<{ returned_on: string; gap: number; told: boolean }>({
    name: 'return',
    text: `
      select
        a.activity_date as returned_on,
        a.activity_date - p.activity_date as gap,
        exists (
          select from scenario_notifications n
          where n.user_id = $1 and n.scenario_type = 'welcome_back' and n.occurrence = to_char(a.activity_date, 'YYYY-MM-DD')
        ) as told
      from activities a
      cross join lateral (
        select max(b.activity_date) as activity_date from activities b where b.user_id = $1 and b.activity_date < a.activity_date
      ) p
      where a.user_id = $1
        and a.activity_date between $2::date - $3::int and $2::date
        and a.activity_date - p.activity_date >= $4::int
      order by a.activity_date desc
      limit 1`,
    values: [mentor.id, mentor.today, recent_days, gap_days],
  });
  return rows
    .filter(({ told }) => !told)
    .map(({ returned_on, gap }) => ({ ...plain, occurrence: returned_on, keySuffix: '', values: { gap } }));
}
