import { sql, type Kysely } from 'kysely';
import type { OffReason } from '../domain/explanation/reasons.ts';
import { rangeOfMentor } from '../domain/mentor-range.ts';
import { SCENARIOS, type ScenarioType } from '../domain/scenarios/registry.ts';
import { evaluationParameters } from './evaluation-request.ts';
import { evaluationStatement } from './evaluation-statement.ts';
import { guard } from './repository-exception.ts';
import { all, first } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';
import { inSnapshot } from './transaction.ts';

const MOST_HISTORY = 100;

/** A mentor's place and the rule that is in force for them. */
export interface MentorRule {
  readonly role: string;
  readonly status: string;
  readonly chapter_id: string | null;
  readonly locale: string;
  readonly timezone: string;
  readonly timezone_is_known: boolean;
  /** Their own timezone, else their organisation's. */
  readonly own_timezone: string;
  readonly has_been_active: boolean;
  /** The beginning of the day after the evaluation date. */
  readonly tomorrow: Date;
  /** When the cooldown after the latest record of the type ends or ended; null: none. */
  readonly cooldown_until: Date | null;
  /** When the cap has room for one more, or had; null: it always had. */
  readonly cap_until: Date | null;
  /** `HH:MM:SS`; null where no policy is in force. */
  readonly send_from: string | null;
  readonly send_until: string | null;
  readonly max_notifications: number | null;
  readonly per_days: number | null;
  readonly scenario_rule_id: string | null;
  /** `YYYY-MM-DD` */
  readonly starts_on: string | null;
  readonly scope: 'chapter' | 'organization' | 'default';
  readonly enabled: boolean | null;
  readonly cooldown_minutes: number | null;
  readonly on_unknown: 'resend' | 'hold' | null;
  readonly parameters: Readonly<Record<string, unknown>> | null;
  /** What about its parameters cannot be read; null = nothing. */
  readonly fault: string | null;
}

/** One notification that there could be; without a key it is not due. */
export interface PotentialNotification {
  readonly occurrence: string;
  readonly due: boolean;
  readonly due_at: Date | null;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly message_values: Readonly<Record<string, string | number>>;
  readonly idempotency_key: string | null;
  /** Order of one mentor's notifications; null where it is not due. */
  readonly position: number | null;
  readonly scenario_rule_id: string | null;
  readonly reason: string | null;
  readonly next_eligible_at: Date | null;
  readonly send_at: Date | null;
}

export interface PastNotification {
  readonly idempotency_key: string;
  readonly occurrence: string;
  readonly triggered_at: Date;
  readonly dispatched_at: Date | null;
  readonly delivery_status: 'sent' | 'unknown' | null;
  readonly claim_state: string | null;
  readonly release_reason: string | null;
  /** Null once it is settled, or where it may be tried now. */
  readonly next_attempt_at: Date | null;
  /** When the mentor's hours begin or began, where it waited for them. */
  readonly send_at: Date | null;
  /** Why its sweep is braked; null: it is not. */
  readonly brake: {
    readonly expected: number;
    readonly usual: number;
    readonly sweeps: number;
    /** ISO instant. */
    readonly braked_at: string;
  } | null;
  /** End of its time to live; null once it is settled. */
  readonly expires_at: Date | null;
  readonly attempts: readonly {
    readonly device_id: string;
    readonly platform: string;
    readonly attempt: number;
    readonly outcome: 'accepted' | 'rejected' | 'unknown' | null;
    readonly error_code: string | null;
    readonly message_id: string | null;
    /** ISO instant. */
    readonly started_at: string;
  }[];
}

export interface ScenarioFindings {
  readonly rule: MentorRule;
  readonly potential: readonly PotentialNotification[];
  readonly history: readonly PastNotification[];
}

const ruleOfMentor = statementFromFile<MentorRule>('rule-of-mentor');
const historyOfMentor = statementFromFile<PastNotification>('history-of-mentor');

/**
 * What the database knows about one mentor at `asOf`, by scenario type, all of one state of it. Null: there is no such
 * user. Throws {@link ScenarioRepositoryException}.
 */
export async function findingsAbout(
  db: Kysely<Database>,
  userId: string,
  scenarioTypes: readonly ScenarioType[],
  asOf: Date,
): Promise<Map<ScenarioType, ScenarioFindings> | null> {
  return guard('findingsAbout', () =>
    inSnapshot(db, async (tx) => {
      const findings = new Map<ScenarioType, ScenarioFindings>();
      for (const scenarioType of scenarioTypes) {
        const rule = await first(tx, ruleOfMentor, {
          user_id: userId,
          scenario_type: scenarioType,
          parameter_defaults: JSON.stringify(SCENARIOS[scenarioType].parameterDefaults),
          as_of: asOf,
        });
        if (!rule) return null;
        const explain = evaluationStatement<PotentialNotification>(scenarioType, 'explain-mentor');
        const chapter = rule.chapter_id === null ? {} : { chapterId: rule.chapter_id };
        const request = { scenarioType, asOf, range: rangeOfMentor(userId), ...chapter };
        findings.set(scenarioType, {
          rule,
          potential: await all(tx, explain, evaluationParameters(request)),
          history: await all(tx, historyOfMentor, { user_id: userId, scenario_type: scenarioType, most: MOST_HISTORY }),
        });
      }
      return findings;
    }),
  );
}

/**
 * When notifications that are due at these instants are sent to somebody with such hours: null = at once. In the order of
 * the instants. Throws {@link ScenarioRepositoryException}.
 */
export async function whenHoursBegin(
  db: Kysely<Database>,
  instants: readonly Date[],
  { own_timezone, send_from, send_until }: Pick<MentorRule, 'own_timezone' | 'send_from' | 'send_until'>,
): Promise<(Date | null)[]> {
  if (send_from === null || send_until === null) return instants.map(() => null);
  return guard('whenHoursBegin', async () => {
    const { rows } = await sql<{ send_at: Date | null }>`
      select scenario_push.send_at(i.instant, ${own_timezone}, ${send_from}::time, ${send_until}::time) as send_at
      from unnest(${[...instants]}::timestamptz[]) with ordinality as i (instant, place)
      order by i.place`.execute(db);
    return rows.map(({ send_at }) => send_at);
  });
}

/** Why nobody even asks: the mentor is not evaluated, or no rule that could be read is in force. */
export function whyOff(rule: MentorRule): OffReason | null {
  if (rule.role !== 'peer_mentor') return 'not_a_peer_mentor';
  if (rule.status !== 'active') return 'inactive_user';
  if (rule.chapter_id === null) return 'no_chapter';
  if (rule.scenario_rule_id === null) return 'no_rule';
  if (!rule.enabled) return 'disabled';
  if (rule.fault !== null) return 'misconfigured';
  if (!rule.timezone_is_known) return 'unknown_timezone';
  return null;
}
