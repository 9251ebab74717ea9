import type { Message } from 'firebase-admin/messaging';
import type { PushMessage } from './push-sender.ts';

/** What the app calls the channel of reminders, so that mentors can silence it by itself. */
const ANDROID_CHANNEL = 'reminders';

/**
 * The message as FCM takes it. The same tag on every platform is what lets a device show once what had to be sent twice;
 * the time to live keeps a reminder from arriving after it has lost its meaning.
 *
 * It is delivered at once (high, 10): a phone that sleeps may keep a message of normal priority until the night, outside
 * of the mentor's hours. Shown it is as any other, without a banner of its own.
 */
export function fcmMessage(message: PushMessage, now: Date): Message {
  const { notificationId, scenarioType, text, timeToLiveSeconds, link = null } = message;
  const expiresAt = Math.floor(now.getTime() / 1_000) + timeToLiveSeconds;
  return {
    ...(message.tokenKind === 'installation_id' ? { fid: message.token } : { token: message.token }),
    notification: { title: text.title, body: text.body },
    data: { notification_id: notificationId, scenario_type: scenarioType, ...(link !== null && { link }) },
    android: {
      ttl: timeToLiveSeconds * 1_000,
      priority: 'high',
      notification: { tag: notificationId, channelId: ANDROID_CHANNEL, priority: 'default' },
    },
    apns: {
      headers: {
        'apns-collapse-id': notificationId,
        'apns-expiration': String(expiresAt),
        'apns-priority': '10',
        'apns-push-type': 'alert',
      },
      payload: { aps: {} },
    },
    webpush: {
      headers: { TTL: String(timeToLiveSeconds) },
      notification: { tag: notificationId },
      // A browser opens nothing else; a page that is open reads the link from the data.
      ...(link?.startsWith('https:') && { fcmOptions: { link } }),
    },
    fcmOptions: { analyticsLabel: scenarioType },
  };
}
