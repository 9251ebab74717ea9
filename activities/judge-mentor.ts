import { whyOff, type ScenarioFindings } from '../db/explain.ts';
import { CodedError } from '../domain/errors.ts';
import { refuseTheFuture } from '../domain/future.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { Dependencies } from './dependencies.ts';
import { untilReached } from './until-reached.ts';
import { readTypes } from './sweep-plan.ts';

export interface JudgeRequest {
  readonly userId: string;
  /** Absent or empty = all. */
  readonly scenarioTypes?: readonly string[] | undefined;
  /** ISO instant. */
  readonly asOf: string;
}

/** What one scenario says of one mentor: `off` and why, or the notifications that are due, and why one must wait. */
export interface Judgement {
  readonly scenarioType: ScenarioType;
  readonly off: string | null;
  /** In the order in which they are sent. Keys, and no occurrences: what Temporal keeps names no certificate. */
  readonly due: readonly { readonly idempotencyKey: string; readonly suppressed: string | null }[];
}

/**
 * Evaluates one mentor. Writes nothing. Throws E_MENTOR_UNKNOWN, E_SCENARIO_TYPE, E_AS_OF_IN_THE_FUTURE and
 * {@link ScenarioRepositoryException}.
 */
export async function judgeMentor(
  { userId, scenarioTypes, asOf: instant }: JudgeRequest,
  deps: Dependencies,
): Promise<Judgement[]> {
  const asOf = new Date(instant);
  refuseTheFuture({ asOf, now: await untilReached(asOf, deps) });
  const findings = await deps.repository.findingsAbout(userId, readTypes(scenarioTypes), asOf);
  if (!findings) {
    throw new CodedError('E_MENTOR_UNKNOWN', `userId: there is no user ${userId} in this database`, {
      fix: 'check the id, and which database the worker is connected to',
    });
  }
  return [...findings].map(([scenarioType, found]) => ({ scenarioType, off: whyOff(found.rule), due: dueOf(found) }));
}

function dueOf({ rule, potential }: ScenarioFindings): Judgement['due'] {
  if (whyOff(rule) !== null) return [];
  return potential
    .flatMap(({ due, idempotency_key, position, reason }) =>
      due && idempotency_key !== null
        ? [{ idempotencyKey: idempotency_key, suppressed: reason, position: position ?? 0 }]
        : [],
    )
    .toSorted((a, b) => a.position - b.position)
    .map(({ idempotencyKey, suppressed }) => ({ idempotencyKey, suppressed }));
}
