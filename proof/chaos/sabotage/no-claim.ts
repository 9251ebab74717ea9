import { randomUUID } from 'node:crypto';
import { env } from 'node:process';
import pg from 'pg';
import { createActivities, type Activities, type ActivityDependencies } from '../../../activities/create-activities.ts';
import { messageText } from '../../../push/message-text.ts';

/** Evaluate, send, record, as it is usually written: nothing is durable before the request leaves. */
export function withoutClaims(deps: ActivityDependencies): Activities {
  const pool = new pg.Pool({ connectionString: env['DATABASE_URL'], max: 4 });
  pool.on('error', () => {});
  return {
    ...createActivities(deps),
    evaluateBatch: async ({ scenarioType, asOf, range }) => {
      let candidates = 0;
      for await (const due of deps.repository.previewCandidates({ scenarioType, asOf: new Date(asOf), range })) {
        candidates++;
        if (due.reason !== null) continue;
        const devices = await pool.query<{ token: string }>(
          'select token from device_tokens where user_id = $1 and invalidated_at is null',
          [due.user_id],
        );
        for (const { token } of devices.rows) {
          await deps.push.send({
            token,
            notificationId: due.idempotency_key,
            scenarioType,
            text: messageText(scenarioType, due.locale, due.message_values),
            timeToLiveSeconds: 3_600,
          });
        }
        await pool.query(
          `insert into scenario_notifications (user_id, scenario_type, scenario_rule_id, triggered_at, dispatched_at,
             evaluation_date, occurrence, cooldown_window_start, window_slot, delivery_status, idempotency_key)
           values ($1, $2, $3, $4::timestamptz, now(), ($4::timestamptz)::date, $5, '-infinity', $6, 'sent', $7) on conflict do nothing`,
          [due.user_id, scenarioType, due.scenario_rule_id, asOf, due.occurrence, randomUUID(), due.idempotency_key],
        );
      }
      return {
        mentors_evaluated: 0,
        mentors_misconfigured: 0,
        candidates,
        suppressed: { cooldown: candidates },
        claimed: 0,
      };
    },
  };
}
