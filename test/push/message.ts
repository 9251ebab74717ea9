import type { PushMessage } from '../../push/push-sender.ts';

export function messageTo(token: string, values: Partial<PushMessage> = {}): PushMessage {
  return {
    token,
    notificationId: 'a1'.repeat(32),
    scenarioType: 'inactivity',
    text: { title: 'Title', body: 'Body' },
    timeToLiveSeconds: 86_400,
    ...values,
  };
}
