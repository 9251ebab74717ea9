import { ScheduleOverlapPolicy, type ScheduleDescription, type ScheduleOptions } from '@temporalio/client';
import type { TypedSearchAttributes } from '@temporalio/common';
import { HOUR, MINUTE } from '../domain/durations.ts';
import { cronOf } from './cron.ts';
import type { ScheduleDefinition } from './schedule-definitions.ts';
import { TASK_QUEUE } from './task-queue.ts';

/** A reminder that comes late is worth little: a window missed by more is left out. */
const CATCHUP_WINDOW = 10 * MINUTE;
/** What tells a Schedule of this service from somebody else's. */
const MARK = { managed_by: 'scenario-push' };

/** What applying decides about a Schedule, by the names that people read, as text. */
export type ScheduleFields = Readonly<Record<string, string>>;

export interface FieldChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

/** What to ask the server for. */
export function scheduleOptions(definition: ScheduleDefinition) {
  return {
    scheduleId: definition.id,
    // The server keeps no expressions, but it keeps their comment.
    spec: { cronExpressions: [`${definition.cron} # ${definition.cron}`], timezone: definition.timezone },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCHUP_WINDOW },
    action: {
      type: 'startWorkflow',
      workflowType: definition.workflowType,
      workflowId: definition.id,
      taskQueue: TASK_QUEUE,
      args: [...definition.argsIn(definition)],
      workflowExecutionTimeout: definition.executionTimeoutMs,
      typedSearchAttributes: [...definition.searchAttributes],
      staticSummary: definition.summary,
      staticDetails: definition.details ?? '',
    },
    memo: MARK,
  } satisfies ScheduleOptions;
}

/** The fields that a definition comes to. */
export function wantedFields(definition: ScheduleDefinition): ScheduleFields {
  const { action, policies } = scheduleOptions(definition);
  return {
    cron: definition.cron,
    timezone: definition.timezone,
    workflow: action.workflowType,
    'task queue': action.taskQueue,
    input: JSON.stringify(action.args),
    summary: action.staticSummary,
    details: action.staticDetails,
    'execution time-out': durationText(action.workflowExecutionTimeout),
    'search attributes': JSON.stringify(action.typedSearchAttributes.map(({ key, value }) => [key.name, value])),
    overlap: policies.overlap,
    'catch-up window': durationText(policies.catchupWindow),
  };
}

/** The fields of a Schedule as the server has it. */
export function presentFields({ spec, action, policies }: ScheduleDescription): ScheduleFields {
  const attributes = (action.typedSearchAttributes as TypedSearchAttributes | undefined)?.getAll() ?? [];
  return {
    cron: cronOf(spec),
    timezone: spec.timezone || 'UTC',
    workflow: action.workflowType,
    'task queue': action.taskQueue,
    input: JSON.stringify(action.args ?? []),
    summary: action.staticSummary ?? '',
    details: action.staticDetails ?? '',
    'execution time-out': durationText(Number(action.workflowExecutionTimeout ?? 0)),
    'search attributes': JSON.stringify(attributes.map(({ key, value }) => [key.name, value])),
    overlap: policies.overlap ?? '',
    'catch-up window': durationText(policies.catchupWindow),
  };
}

export function differences(present: ScheduleFields, wanted: ScheduleFields): FieldChange[] {
  return Object.entries(wanted).flatMap(([field, to]) => {
    const from = present[field] ?? '';
    return from === to ? [] : [{ field, from, to }];
  });
}

export function isMarked(memo: Record<string, unknown> | undefined): boolean {
  return memo?.['managed_by'] === MARK.managed_by;
}

function durationText(ms: number): string {
  return ms >= HOUR && ms % HOUR === 0 ? `${ms / HOUR} h` : `${ms / MINUTE} min`;
}
