import pLimit from 'p-limit';
import type { AttemptResult, AttemptToSend } from '../db/attempts.ts';
import type { PushServicePause } from '../domain/outcome.ts';
import { SCENARIOS } from '../domain/scenarios/registry.ts';
import { messageText } from '../push/message-text.ts';
import type { PushSender } from '../push/push-sender.ts';

export interface PageResult {
  readonly results: readonly AttemptResult[];
  /** Set when the push service asked, or forced us, to stop for a while. */
  readonly pause: PushServicePause | null;
}

/**
 * Sends a page of begun attempts. One mentor's notifications go out one after the other, in order; her devices and
 * other mentors at the same time. Once `mayGoOn` says no, or the service asks for a pause, what has not left stays
 * here and is reported as definitely not sent.
 */
export async function sendPage(
  attempts: readonly AttemptToSend[],
  {
    push,
    clock,
    concurrency,
    mayGoOn,
  }: { push: PushSender; clock: () => Date; concurrency: number; mayGoOn: () => boolean },
): Promise<PageResult> {
  const limit = pLimit(concurrency);
  let pause: PushServicePause | null = null;

  const sendOne = async (attempt: AttemptToSend): Promise<AttemptResult> => {
    if (pause || !mayGoOn()) return { ...attempt, outcome: NOT_ATTEMPTED, answered_at: clock() };
    const scenario = SCENARIOS[attempt.scenario_type];
    const result = await push.send({
      token: attempt.token,
      notificationId: attempt.idempotency_key,
      deviceId: attempt.device_id,
      scenarioType: attempt.scenario_type,
      text: messageText(attempt.scenario_type, attempt.locale, attempt.message_values, attempt.messages),
      timeToLiveSeconds: scenario.timeToLiveMinutes * 60,
    });
    pause ??= result.pause ?? null;
    return { ...attempt, outcome: result.outcome, answered_at: clock() };
  };

  const perMentor = Map.groupBy(attempts, (attempt) => attempt.user_id);
  const results = await Promise.all(
    Array.from(perMentor.values(), async (hers) => {
      const sent: AttemptResult[] = [];
      for (const devices of Map.groupBy(hers, (attempt) => attempt.claim_id).values()) {
        sent.push(...(await Promise.all(devices.map((attempt) => limit(() => sendOne(attempt))))));
      }
      return sent;
    }),
  );
  return { results: results.flat(), pause };
}

const NOT_ATTEMPTED = { status: 'rejected', code: 'not_attempted', retryable: true, tokenIsDead: false } as const;
