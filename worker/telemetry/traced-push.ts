import type { Tracer } from '@opentelemetry/api';
import type { PushMessage, PushResult, PushSender } from '../../push/push-sender.ts';

/** A span for each request to the push service: ids and the outcome, never a token or a text. */
export function tracedPush(push: PushSender, tracer: Tracer): PushSender {
  const within = (name: string, message: PushMessage, ask: () => Promise<PushResult>): Promise<PushResult> =>
    tracer.startActiveSpan(name, async (span) => {
      span.setAttributes({
        'scenario_push.notification_id': message.notificationId,
        'scenario_push.scenario_type': message.scenarioType,
        ...(message.deviceId && { 'scenario_push.device_id': message.deviceId }),
      });
      try {
        const result = await ask();
        const { outcome } = result;
        span.setAttribute('scenario_push.outcome', outcome.status);
        if (outcome.status !== 'accepted') span.setAttribute('scenario_push.code', outcome.code);
        return result;
      } finally {
        span.end();
      }
    });
  return {
    projectId: push.projectId,
    send: (message) => within('fcm send', message, () => push.send(message)),
    validate: (message) => within('fcm validate', message, () => push.validate(message)),
    close: () => push.close(),
  };
}
