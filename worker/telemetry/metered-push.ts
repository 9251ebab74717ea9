import type { PushMessage, PushResult, PushSender } from '../../push/push-sender.ts';
import type { Metrics } from './metrics.ts';

/** Counts each message that is sent, and how long its answer took; a wait for a free connection is part of it. */
export function meteredPush(push: PushSender, metrics: Metrics): PushSender {
  return {
    projectId: push.projectId,
    async send(message) {
      const began = performance.now();
      const result = await push.send(message);
      count(metrics, message, result, (performance.now() - began) / 1_000);
      return result;
    },
    validate: (message) => push.validate(message),
    close: () => push.close(),
  };
}

function count(metrics: Metrics, { scenarioType }: PushMessage, { outcome }: PushResult, seconds: number): void {
  const { status } = outcome;
  metrics.count('scenario_push_messages_total', 1, { scenario_type: scenarioType, outcome: status });
  if (status !== 'accepted')
    metrics.count('scenario_push_messages_not_accepted_total', 1, { outcome: status, code: bounded(outcome.code) });
  metrics.observe('scenario_push_message_duration_seconds', seconds, { outcome: status });
}

/** Codes are a handful of names; what does not look like one is not let into a label. */
function bounded(code: string): string {
  return /^[\w/-]{1,60}$/.test(code) ? code : 'other';
}
