import type { Kysely } from 'kysely';
import { DAY } from '../../domain/durations.ts';
import type { TokenKind } from '../../domain/outcome.ts';
import type { Database } from '../../db/tables.ts';

/** `YYYY-MM-DD`, so many days before an instant's date in UTC. */
export function daysBefore(asOf: Date, days: number): string {
  return new Date(asOf.getTime() - days * DAY).toISOString().slice(0, 10);
}

export async function organization(db: Kysely<Database>, values: { timezone?: string } = {}): Promise<string> {
  const row = await db
    .insertInto('organizations')
    .values({ name: 'Organisation', ...values })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function chapter(
  db: Kysely<Database>,
  values: { organizationId?: string; timezone?: string } = {},
): Promise<string> {
  const organizationId =
    values.organizationId ?? (await organization(db, values.timezone ? { timezone: values.timezone } : {}));
  const row = await db
    .insertInto('chapters')
    .values({ organization_id: organizationId, name: 'Chapter' })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export interface MentorValues {
  id?: string;
  chapterId?: string | null;
  status?: 'active' | 'inactive';
  role?: 'peer_mentor' | 'coordinator' | 'administrator';
  locale?: string;
  createdAt?: Date | string;
  /** Activity dates, `YYYY-MM-DD`. */
  activities?: readonly string[];
  /** Platforms of her devices. @default one android device */
  devices?: readonly ('android' | 'ios' | 'web')[];
  /** Scenario types she has switched off. */
  optedOutOf?: readonly string[];
}

let devices = 0;

/** A mentor with one device in a chapter of her own, who joined in 2020 and never registered anything. */
export async function mentor(db: Kysely<Database>, values: MentorValues = {}): Promise<string> {
  const { id } = await db
    .insertInto('users')
    .values({
      ...(values.id && { id: values.id }),
      chapter_id: values.chapterId === undefined ? await chapter(db) : values.chapterId,
      role: values.role ?? 'peer_mentor',
      status: values.status ?? 'active',
      locale: values.locale ?? 'nb',
      created_at: values.createdAt ?? '2020-01-01T12:00:00Z',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const activity_date of values.activities ?? []) {
    await db.insertInto('activities').values({ user_id: id, activity_date }).execute();
  }
  for (const platform of values.devices ?? ['android']) await device(db, id, { platform });
  for (const scenario_type of values.optedOutOf ?? []) {
    await db.insertInto('notification_preferences').values({ user_id: id, scenario_type, enabled: false }).execute();
  }
  return id;
}

export async function device(
  db: Kysely<Database>,
  userId: string,
  values: {
    platform?: 'android' | 'ios' | 'web';
    token?: string;
    kind?: TokenKind;
    invalidatedAt?: Date;
    registeredAt?: Date;
  } = {},
): Promise<{ id: string; token: string }> {
  return db
    .insertInto('device_tokens')
    .values({
      user_id: userId,
      platform: values.platform ?? 'android',
      token: values.token ?? `token-${userId}-${++devices}`,
      ...(values.kind && { token_kind: values.kind }),
      ...(values.invalidatedAt && { invalidated_at: values.invalidatedAt, invalidation_reason: 'test' }),
      ...(values.registeredAt && { registered_at: values.registeredAt }),
    })
    .returning(['id', 'token'])
    .executeTakeFirstOrThrow();
}

export async function rule(
  db: Kysely<Database>,
  values: {
    scenarioType: string;
    organizationId?: string;
    chapterId?: string;
    enabled?: boolean;
    cooldownMinutes?: number;
    onUnknown?: 'resend' | 'hold';
    parameters?: Record<string, unknown>;
  },
): Promise<string> {
  const row = await db
    .insertInto('scenario_rules')
    .values({
      organization_id: values.organizationId ?? null,
      chapter_id: values.chapterId ?? null,
      scenario_type: values.scenarioType,
      enabled: values.enabled ?? true,
      cooldown_minutes: values.cooldownMinutes ?? 0,
      on_unknown: values.onUnknown ?? 'resend',
      parameters: JSON.stringify(values.parameters ?? {}),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

let records = 0;

/** A record of something sent at `triggeredAt`, dispatched `dispatchedAfterMs` later. */
export async function record(
  db: Kysely<Database>,
  userId: string,
  scenarioType: string,
  triggeredAt: Date,
  values: {
    dispatchedAfterMs?: number;
    occurrence?: string;
    milestone?: { year: number; value: number };
    status?: 'sent' | 'unknown';
    evaluationDate?: string;
    idempotencyKey?: string;
  } = {},
): Promise<void> {
  await db
    .insertInto('scenario_notifications')
    .values({
      user_id: userId,
      scenario_type: scenarioType,
      scenario_rule_id: null,
      triggered_at: triggeredAt,
      dispatched_at: new Date(triggeredAt.getTime() + (values.dispatchedAfterMs ?? 1_000)),
      evaluation_date: values.evaluationDate ?? triggeredAt.toISOString().slice(0, 10),
      milestone_year: values.milestone?.year ?? null,
      milestone_value: values.milestone?.value ?? null,
      occurrence: values.occurrence ?? '',
      cooldown_window_start: '-infinity',
      window_slot: `factory-${++records}`,
      delivery_status: values.status ?? 'sent',
      idempotency_key: values.idempotencyKey ?? records.toString(16).padStart(64, '0'),
    })
    .execute();
}
