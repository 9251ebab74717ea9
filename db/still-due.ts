import type { Transaction } from 'kysely';
import { SECOND } from '../domain/durations.ts';
import type { MentorRange } from '../domain/mentor-range.ts';
import { affordable } from './affordable.ts';
import { whoIsDue, type Due } from './evaluation.ts';
import type { EvaluationRequest } from './evaluation-request.ts';
import type { Database } from './tables.ts';

/** As for an evaluation as a whole; what takes longer is asked about in halves. */
const MOST_TIME = 10 * SECOND;
/** Statements that may fail; more of them are not the fault of single mentors. */
const MOST_FAILURES = 30;

/**
 * Who of `mentors` (in the order of their ids) is still due. A mentor whose evaluation fails or takes too long is found by
 * halving, and is not: nobody waits for them.
 */
export async function stillDue(
  tx: Transaction<Database>,
  request: EvaluationRequest,
  mentors: readonly string[],
): Promise<Due> {
  let failures = 0;
  const among = async (range: MentorRange, some: readonly string[]): Promise<Due> => {
    const whole = await affordable(tx, () => whoIsDue(tx, { ...request, range, withinMs: MOST_TIME }));
    if ('result' in whole) return whole.result;
    if (++failures > MOST_FAILURES) return whoIsDue(tx, { ...request, range });
    if (some.length <= 1) return { still_due: [], message_values: [] };
    const middle = some.length >> 1;
    const border = some[middle]!;
    const lower = await among({ from: range.from, to: border }, some.slice(0, middle));
    const upper = await among({ from: border, to: range.to }, some.slice(middle));
    return {
      still_due: [...lower.still_due, ...upper.still_due],
      message_values: [...lower.message_values, ...upper.message_values],
    };
  };
  return among(request.range, mentors);
}
