import type { AttemptToSend } from '../db/attempts.ts';
import type { DeviceOutcome } from '../domain/outcome.ts';
import { usableLink } from '../push/link.ts';
import { chooseText, localeFor } from '../push/message-text.ts';
import type { PushResult, PushSender } from '../push/push-sender.ts';
import type { TextFaultLog } from './text-fault-log.ts';

/** An attempt that was begun and never left: definitely not sent. */
export const NOT_ATTEMPTED: DeviceOutcome = {
  status: 'rejected',
  code: 'not_attempted',
  retryable: true,
  tokenIsDead: false,
};

/** Sends one begun attempt, with what is left of its time to live. Never throws: what cannot be made into a message fails. */
export async function sendAttempt(
  attempt: AttemptToSend,
  push: PushSender,
  now: Date,
  textFaults: TextFaultLog,
): Promise<PushResult> {
  try {
    const { scenario_type, locale, message_values, messages } = attempt;
    const { text, fault } = chooseText(scenario_type, localeFor(locale), message_values, messages);
    if (fault !== null) textFaults.note(attempt, fault);
    return await push.send({
      token: attempt.token,
      tokenKind: attempt.token_kind,
      notificationId: attempt.idempotency_key,
      deviceId: attempt.device_id,
      scenarioType: scenario_type,
      text,
      link: usableLink(attempt.link),
      timeToLiveSeconds: Math.max(1, Math.floor((attempt.expires_at.getTime() - now.getTime()) / 1_000)),
    });
  } catch {
    return { outcome: { status: 'rejected', code: 'app/not-sendable', retryable: false, tokenIsDead: false } };
  }
}
