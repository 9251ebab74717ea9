import { idempotencyKey } from '../../../../domain/idempotency-key.ts';
import type { MessageText } from '../../../../domain/scenarios/definition.ts';
import { SCENARIOS, type ScenarioType } from '../../../../domain/scenarios/registry.ts';
import { messageText, type RuleMessages } from '../../../../push/message-text.ts';
import { COMPARED_TYPES, dueFor } from './due.ts';
import { ruleFor, type Mentor, type Queries, type Rule } from './mentor.ts';

export interface Device {
  readonly id: string;
  readonly token: string;
  readonly platform: 'android' | 'ios' | 'web';
}

/** What is to be sent to one mentor, as plain JSON. Without devices: to be logged as skipped. */
export interface Notification {
  readonly key: string;
  readonly userId: string;
  readonly chapterId: string;
  readonly ruleId: string;
  readonly scenarioType: ScenarioType;
  /** ISO 8601. */
  readonly asOf: string;
  /** `YYYY-MM-DD`, and what follows it in the keys. */
  readonly date: string;
  readonly keySuffix: string;
  readonly occurrence: string;
  readonly milestoneYear: number | null;
  readonly milestoneValue: number | null;
  /** As PostgreSQL writes it. */
  readonly cooldownWindowStart: string;
  readonly windowSlot: string;
  readonly text: MessageText;
  readonly devices: readonly Device[];
}

interface Standing {
  readonly opted_out: boolean;
  readonly already_sent: boolean;
  readonly latest: string;
  readonly cooling_down: boolean;
  readonly devices: Device[];
}

/** Decides for one mentor and all four scenario types: six queries and more, none of which asks about anybody else. */
export async function evaluateMentor(
  db: Queries,
  asOf: Date,
  mentor: Mentor,
  rules: readonly Rule[],
): Promise<Notification[]> {
  const notifications: Notification[] = [];
  for (const scenarioType of COMPARED_TYPES) {
    const rule = ruleFor(rules, scenarioType, mentor);
    if (!rule) continue;
    for (const candidate of await dueFor(scenarioType)(db, asOf, mentor, rule)) {
      const key = idempotencyKey(mentor.id, scenarioType, mentor.today + candidate.keySuffix);
      const standing = await standingOf(db, asOf, mentor, rule, key);
      if (standing.opted_out || standing.already_sent || standing.cooling_down) continue;
      const { occurrence, keySuffix, milestoneYear, milestoneValue, values } = candidate;
      notifications.push({
        key,
        scenarioType,
        occurrence,
        keySuffix,
        milestoneYear,
        milestoneValue,
        userId: mentor.id,
        chapterId: mentor.chapter_id,
        ruleId: rule.id,
        asOf: asOf.toISOString(),
        date: mentor.today,
        cooldownWindowStart: standing.latest,
        windowSlot: SCENARIOS[scenarioType].severalPerEvaluation
          ? occurrence
          : rule.cooldown_minutes === 0
            ? mentor.today
            : '',
        text: messageText(
          scenarioType,
          mentor.locale,
          values,
          (rule.parameters['messages'] as RuleMessages | undefined) ?? null,
        ),
        devices: standing.devices,
      });
    }
  }
  return notifications;
}

/** What stands in the way of a candidate, and where it would go. */
async function standingOf(db: Queries, asOf: Date, mentor: Mentor, rule: Rule, key: string): Promise<Standing> {
  const { rows } = await db.query<Standing>({
    name: 'standing',
    text: `
      select
        exists (
          select from notification_preferences where user_id = $1 and scenario_type = $2 and not enabled
        ) as opted_out,
        exists (select from scenario_notifications where idempotency_key = $3) as already_sent,
        coalesce(l.cooldown_from, '-infinity')::text as latest,
        coalesce($5::int > 0 and l.cooldown_from + make_interval(mins => $5) > $4::timestamptz, false) as cooling_down,
        (
          select coalesce(jsonb_agg(jsonb_build_object('id', id, 'token', token, 'platform', platform) order by id), '[]')
          from device_tokens where user_id = $1 and invalidated_at is null
        ) as devices
      from (
        select (
          select cooldown_from from scenario_notifications
          where user_id = $1 and scenario_type = $2 order by cooldown_from desc limit 1
        ) as cooldown_from
      ) l`,
    values: [mentor.id, rule.scenario_type, key, asOf, rule.cooldown_minutes],
  });
  return rows[0]!;
}
