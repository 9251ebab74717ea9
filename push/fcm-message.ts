import type { Message } from 'firebase-admin/messaging';
import type { PushMessage } from './push-sender.ts';

/**
 * The message as FCM takes it. The same tag on every platform is what lets a device show once what had to be sent twice;
 * the time to live keeps a reminder from arriving after it has lost its meaning.
 */
export function fcmMessage(message: PushMessage, now: Date): Message {
  const { notificationId, text, timeToLiveSeconds } = message;
  const expiresAt = Math.floor(now.getTime() / 1_000) + timeToLiveSeconds;
  return {
    token: message.token,
    notification: { title: text.title, body: text.body },
    data: { notification_id: notificationId, scenario_type: message.scenarioType },
    android: { ttl: timeToLiveSeconds * 1_000, notification: { tag: notificationId } },
    apns: {
      headers: { 'apns-collapse-id': notificationId, 'apns-expiration': String(expiresAt) },
      payload: { aps: {} },
    },
    webpush: { headers: { TTL: String(timeToLiveSeconds) }, notification: { tag: notificationId } },
  };
}
