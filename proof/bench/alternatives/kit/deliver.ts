import type { DeviceOutcome } from '../../../../domain/outcome.ts';
import { followUpKey } from '../../../../domain/idempotency-key.ts';
import { SCENARIOS } from '../../../../domain/scenarios/registry.ts';
import type { PushSender } from '../../../../push/push-sender.ts';
import type { Device, Notification } from './evaluate-mentor.ts';
import type { Queries } from './mentor.ts';

/** One request to the push service. */
export async function sendToDevice(
  push: PushSender,
  notification: Notification,
  device: Device,
): Promise<DeviceOutcome> {
  const { outcome } = await push.send({
    token: device.token,
    notificationId: notification.key,
    scenarioType: notification.scenarioType,
    text: notification.text,
    timeToLiveSeconds: SCENARIOS[notification.scenarioType].timeToLiveMinutes * 60,
  });
  return outcome;
}

/** To all of her devices at the same time; outcomes in their order. */
export function send(push: PushSender, notification: Notification): Promise<DeviceOutcome[]> {
  return Promise.all(notification.devices.map((device) => sendToDevice(push, notification, device)));
}

/**
 * Writes the record, the line that coordinators read, and which tokens are dead, in one statement. Written once: again is
 * no harm. A refusal that might be repeated is not, here: the emulator gives none.
 */
export async function record(
  db: Queries,
  notification: Notification,
  outcomes: readonly DeviceOutcome[],
): Promise<void> {
  if (notification.devices.length === 0) return recordSkip(db, notification);
  const n = notification;
  const accepted = outcomes.findIndex(({ status }) => status === 'accepted');
  const isUnknown = accepted < 0 && outcomes.some(({ status }) => status === 'unknown');
  const device = accepted < 0 ? null : n.devices[accepted]!;
  const dead = n.devices.filter((_, i) => {
    const outcome = outcomes[i]!;
    return outcome.status === 'rejected' && outcome.tokenIsDead;
  });
  await db.query({
    name: 'record',
    text: `
      with dead as (
        update device_tokens set invalidated_at = now(), invalidation_reason = 'messaging/registration-token-not-registered'
        where id = any ($1::uuid[]) and invalidated_at is null
      ),
      recorded as (
        insert into scenario_notifications (
          user_id, scenario_type, scenario_rule_id, triggered_at, dispatched_at, evaluation_date, milestone_year, milestone_value,
          occurrence, cooldown_window_start, window_slot, delivery_status, idempotency_key)
        select $2::uuid, $3, $4::uuid, $5::timestamptz, now(), $6::date, $7::int, $8::int, $9, $10::timestamptz, $11, $12, $13
        where $12::text is not null
        on conflict do nothing
      )
      insert into follow_up_notification_log (
        peer_mentor_id, chapter_id, scenario_rule_id, delivered_at, delivery_channel, idempotency_key, status)
      select $2::uuid, $14::uuid, $4::uuid, now(), coalesce($15::text, ${CHANNEL_OF_NEWEST}, 'fcm'), $16, $17
      where $17::text is not null
      on conflict (idempotency_key) do update
        set status = excluded.status, delivered_at = excluded.delivered_at, delivery_channel = excluded.delivery_channel
        where excluded.status = 'delivered' and follow_up_notification_log.status <> 'delivered'`,
    values: [
      dead.map(({ id }) => id),
      n.userId,
      n.scenarioType,
      n.ruleId,
      n.asOf,
      n.date,
      n.milestoneYear,
      n.milestoneValue,
      n.occurrence,
      n.cooldownWindowStart,
      n.windowSlot,
      device ? 'sent' : isUnknown ? 'unknown' : null,
      n.key,
      n.chapterId,
      device && (device.platform === 'ios' ? 'apns' : 'fcm'),
      followUpKey(n.userId, n.ruleId, n.date + n.keySuffix),
      device ? 'delivered' : isUnknown ? null : 'failed',
    ],
  });
}

const CHANNEL_OF_NEWEST = `(
  select case platform when 'ios' then 'apns' else 'fcm' end from device_tokens where user_id = $2::uuid order by registered_at desc, id limit 1
)`;

/** Once a week, not every day. */
async function recordSkip(db: Queries, n: Notification): Promise<void> {
  await db.query({
    name: 'skip',
    text: `
      with remembered as (
        insert into logged_skips (user_id, scenario_rule_id, occurrence, logged_at) values ($2::uuid, $3::uuid, $4, $5::timestamptz)
        on conflict (user_id, scenario_rule_id, occurrence) do update set logged_at = excluded.logged_at
          where logged_skips.logged_at <= excluded.logged_at - interval '7 days'
        returning user_id
      )
      insert into follow_up_notification_log (
        peer_mentor_id, chapter_id, scenario_rule_id, delivered_at, delivery_channel, idempotency_key, status)
      select user_id, $1::uuid, $3::uuid, now(), coalesce(${CHANNEL_OF_NEWEST}, 'fcm'), $6, 'skipped'
      from remembered
      on conflict (idempotency_key) do nothing`,
    values: [
      n.chapterId,
      n.userId,
      n.ruleId,
      n.occurrence,
      n.asOf,
      followUpKey(n.userId, n.ruleId, n.date + n.keySuffix),
    ],
  });
}
