import {
  ParentClosePolicy,
  setCurrentDetails,
  startChild,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { ChildWorkflowFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Judgement } from '../activities/judge-mentor.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import { judgeMentor } from './activities.ts';
import { notifyMentor } from './notify-mentor.ts';
import { optional, readInput, scenarioTypes, uuid, type Fields } from './read-input.ts';
import { SCENARIO_TYPE } from './search-attributes.ts';

/** All that an application needs to know: of whom something was logged. */
export interface MentorEvent {
  readonly userId: string;
  /** @default all */
  readonly scenarioTypes?: readonly string[];
}

/**
 * `sent`, `failed`, `withdrawn`: what became of it. `deferred`: it waits for the mentor's hours. `undecided`: it waits for
 * its next attempt, or its outcome is not known; the service goes on.
 * `suppressed`: not now, and why. `handled`: under way already, or done before.
 */
export type EventOutcome = 'sent' | 'failed' | 'withdrawn' | 'deferred' | 'undecided' | 'suppressed' | 'handled';

export interface EventNotification {
  readonly idempotency_key: string;
  readonly status: EventOutcome;
  readonly reason: string | null;
}

export interface MentorEventResult {
  readonly user_id: string;
  readonly as_of: string;
  /** By scenario type. `off`: nobody asks, and why; `not_due`: nothing to send. */
  readonly scenarios: Readonly<
    Record<
      string,
      {
        readonly verdict: 'due' | 'not_due' | 'off';
        readonly reason: string | null;
        readonly notifications: readonly EventNotification[];
      }
    >
  >;
}

const FIELDS: Fields<MentorEvent> = { userId: uuid, scenarioTypes: optional(scenarioTypes) };

/**
 * Something happened that may make a mentor due: evaluates them now, and sends what is due, one after the other. Started
 * under the application's own event id, so that an event that is reported twice is one. Throws E_WORKFLOW_INPUT,
 * E_MENTOR_UNKNOWN and E_SCENARIO_TYPE, which are not tried again.
 */
export async function mentorEvent(given: MentorEvent): Promise<MentorEventResult> {
  const event = readInput<MentorEvent>(given, FIELDS);
  const asOf = workflowInfo().startTime.toISOString();
  setCurrentDetails(`**evaluating** · one mentor · as of ${asOf}`);
  const judgements = await judgeMentor.executeWithOptions({ summary: `what is due to one mentor, as of ${asOf}` }, [
    { ...event, asOf },
  ]);
  const scenarios: Record<string, MentorEventResult['scenarios'][string]> = {};
  for (const judgement of judgements) {
    const notifications: EventNotification[] = [];
    // One after the other: they reach the mentor in their order, and each counts for the cap of the next.
    for (const due of judgement.due) notifications.push(await notify(event.userId, asOf, judgement.scenarioType, due));
    const verdict = judgement.off !== null ? 'off' : notifications.length > 0 ? 'due' : 'not_due';
    scenarios[judgement.scenarioType] = { verdict, reason: judgement.off, notifications };
    setCurrentDetails(describe(asOf, scenarios, judgements.length));
  }
  return { user_id: event.userId, as_of: asOf, scenarios };
}

async function notify(
  userId: string,
  asOf: string,
  scenarioType: Judgement['scenarioType'],
  { idempotencyKey, suppressed }: Judgement['due'][number],
): Promise<EventNotification> {
  if (suppressed !== null) return { idempotency_key: idempotencyKey, status: 'suppressed', reason: suppressed };
  try {
    const child = await startChild(notifyMentor, {
      workflowId: idempotencyKey,
      args: [{ userId, scenarioType, asOf, idempotencyKey }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      typedSearchAttributes: [{ key: SCENARIO_TYPE, value: [scenarioType] }],
      staticSummary: `${scenarioType} · one mentor · as of ${asOf}`,
    });
    return { idempotency_key: idempotencyKey, ...outcomeOf(await child.result()) };
  } catch (error) {
    // It was terminated, or failed for good: the others are due all the same.
    if (error instanceof ChildWorkflowFailure)
      return { idempotency_key: idempotencyKey, status: 'undecided', reason: null };
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { idempotency_key: idempotencyKey, status: 'handled', reason: null };
  }
}

function outcomeOf(counts: ScenarioCounts): Pick<EventNotification, 'status' | 'reason'> {
  const status = (['sent', 'failed', 'withdrawn', 'deferred'] as const).find((each) => counts[each] > 0);
  if (status) return { status, reason: null };
  if (counts.claimed > 0) return { status: 'undecided', reason: null };
  // Between the two evaluations another notification came first, or it is no longer due.
  return { status: 'suppressed', reason: Object.keys(counts.suppressed)[0] ?? 'no_longer_due' };
}

function describe(asOf: string, scenarios: MentorEventResult['scenarios'], planned: number): string {
  const lines = Object.entries(scenarios).flatMap(([type, { verdict, reason, notifications }]) =>
    notifications.length === 0
      ? [`| ${type} | ${verdict} | ${reason ?? ''} | |`]
      : notifications.map((n) => `| ${type} | ${n.status} | ${n.reason ?? ''} | ${n.idempotency_key} |`),
  );
  const state = lines.length > 0 && Object.keys(scenarios).length === planned ? 'finished' : 'notifying';
  return [
    `**${state}** · one mentor · as of ${asOf}`,
    '',
    '| scenario | | why | notification |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}
