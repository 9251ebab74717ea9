import type pg from 'pg';
import { evaluate } from '../../evaluator/evaluate.ts';
import { loadAudience } from '../../evaluator/load-audience.ts';
import { COMPARED_TYPES } from './kit/due.ts';

/** What a sweep of the audience is to come to, by idempotency key. */
export interface Expected {
  /** `user_id scenario_type occurrence` of each notification that is to be sent. */
  readonly due: ReadonlyMap<string, string>;
  /** Those of them for mentors with a device that can be reached. */
  readonly reachable: ReadonlySet<string>;
  /** Candidates that have no device, of which coordinators are to read. */
  readonly withoutDevice: number;
}

/**
 * From the second, independent implementation of the rules that the tests hold the service's SQL to; all of the audience
 * goes through memory. A token that the emulator takes for unregistered says so itself.
 */
export async function expectedOf(pool: pg.Pool, asOf: Date): Promise<Expected> {
  const audience = await loadAudience(pool);
  const live = new Set(
    audience.devices
      .filter(({ token, invalidated }) => !invalidated && !token.startsWith('unregistered-'))
      .map((device) => device.user_id),
  );
  const due = new Map<string, string>();
  const reachable = new Set<string>();
  let withoutDevice = 0;
  for (const scenarioType of COMPARED_TYPES) {
    for (const { idempotency_key, user_id, occurrence, reason } of evaluate(audience, scenarioType, asOf).verdicts) {
      if (reason === 'no_device_token') withoutDevice++;
      if (reason !== null) continue;
      due.set(idempotency_key, `${user_id} ${scenarioType} ${occurrence}`);
      if (live.has(user_id)) reachable.add(idempotency_key);
    }
  }
  return { due, reachable, withoutDevice };
}
