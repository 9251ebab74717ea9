import {
  isGrpcDeadlineError,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
} from '@temporalio/client';
import { CodedError } from '../domain/errors.ts';
import { DEFAULT_SCHEDULES, type ScheduleDefinition } from './schedule-definitions.ts';
import {
  differences,
  isMarked,
  presentFields,
  scheduleOptions,
  wantedFields,
  type FieldChange,
} from './schedule-fields.ts';
import { TASK_QUEUE } from './task-queue.ts';

export interface ScheduleChange {
  readonly schedule_id: string;
  readonly change: 'created' | 'updated' | 'unchanged' | 'removed';
  /** What an update changes. */
  readonly fields: readonly FieldChange[];
}

/** Others may create and delete the same Schedule in between, and a busy server may need to be asked again. */
const TRIES = 5;

/**
 * Makes the Schedules be as defined: creates, updates, and removes those that this service made and no definition names
 * any more. What an operator decided, a pause with its note, stays. Safe from many places at once.
 *
 * `running` creates them running whatever the definition says; `dryRun` says what would change and changes nothing.
 * Throws E_SCHEDULE_TAKEN, before anything is changed, where an id belongs to somebody else's Schedule.
 */
export async function applySchedules(
  client: Client,
  definitions: readonly ScheduleDefinition[],
  { running = false, dryRun = false } = {},
): Promise<ScheduleChange[]> {
  for (const { id } of definitions) refuseForeign(await describe(client, id));
  const changes: ScheduleChange[] = [];
  for (const definition of definitions) {
    changes.push(await applySchedule(client, definition, { paused: !running && (definition.paused ?? true), dryRun }));
  }
  for (const { scheduleId } of await ownSchedules(client)) {
    if (definitions.some(({ id }) => id === scheduleId)) continue;
    if (!dryRun) await remove(client, scheduleId);
    changes.push({ schedule_id: scheduleId, change: 'removed', fields: [] });
  }
  return changes;
}

async function applySchedule(
  client: Client,
  definition: ScheduleDefinition,
  { paused, dryRun }: { paused: boolean; dryRun: boolean },
): Promise<ScheduleChange> {
  const options = scheduleOptions(definition);
  const outcome = (change: ScheduleChange['change'], fields: readonly FieldChange[] = []) => ({
    schedule_id: definition.id,
    change,
    fields,
  });
  for (let tried = 1; ; tried++) {
    const present = await describe(client, definition.id);
    try {
      if (!present) {
        if (!dryRun) {
          await client.schedule.create({
            ...options,
            state: { paused, note: paused ? 'Paused until somebody starts it.' : 'Running.' },
          });
        }
        return outcome('created');
      }
      const fields = differences(presentFields(present), wantedFields(definition));
      if (fields.length === 0) return outcome('unchanged');
      if (!dryRun) {
        const { memo: _, ...update } = options;
        await client.schedule.getHandle(definition.id).update(({ state }) => ({ ...update, state }));
      }
      return outcome('updated', fields);
    } catch (error) {
      const isRace = error instanceof ScheduleAlreadyRunning || error instanceof ScheduleNotFoundError;
      // What a write that got no answer has changed is seen when it is looked at again.
      if (!(isRace || isSlow(error)) || tried === TRIES) throw error;
    }
  }
}

async function remove(client: Client, scheduleId: string): Promise<void> {
  await client.schedule
    .getHandle(scheduleId)
    .delete()
    .catch((error: unknown) => {
      // Whoever applies at the same time has removed it.
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    });
}

/** Those of this service that exist, by id: marked by it, or under an id of its own on its task queue. */
export async function ownSchedules(client: Client): Promise<ScheduleDescription[]> {
  const ids = new Set(DEFAULT_SCHEDULES.map(({ id }) => id));
  for await (const { scheduleId, memo } of client.schedule.list()) {
    if (isMarked(memo)) ids.add(scheduleId);
  }
  const schedules = await Promise.all([...ids].sort().map((id) => describe(client, id)));
  return schedules.filter((schedule) => schedule !== null).filter(isOwn);
}

/** A Schedule of this service to act on. Throws E_NO_SCHEDULE where there is none, E_SCHEDULE_TAKEN for somebody else's. */
export async function ownSchedule(client: Client, scheduleId: string): Promise<ScheduleHandle> {
  const schedule = await describe(client, scheduleId);
  if (!schedule) {
    throw new CodedError('E_NO_SCHEDULE', `there is no Schedule ${scheduleId}`, {
      fix: '"scenario-push schedules list" shows those there are',
    });
  }
  refuseForeign(schedule);
  return client.schedule.getHandle(scheduleId);
}

/** Null where there is none. */
async function describe(client: Client, scheduleId: string): Promise<ScheduleDescription | null> {
  for (let tried = 1; ; tried++) {
    try {
      return await client.schedule.getHandle(scheduleId).describe();
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return null;
      if (!isSlow(error) || tried === TRIES) throw error;
    }
  }
}

/** The server answers for a Schedule once that has taken its last step; when busy, not within the deadline. */
function isSlow(error: unknown): boolean {
  return isGrpcDeadlineError((error as Error).cause);
}

function isOwn({ memo, action }: ScheduleDescription): boolean {
  return isMarked(memo) || action.taskQueue === TASK_QUEUE;
}

function refuseForeign(schedule: ScheduleDescription | null): void {
  if (!schedule || isOwn(schedule)) return;
  const { scheduleId, action } = schedule;
  throw new CodedError(
    'E_SCHEDULE_TAKEN',
    `Schedule ${scheduleId} is not of this service: it starts ${action.workflowType} on task queue ${action.taskQueue}`,
    { fix: 'rename it, or use a namespace of your own; nothing was changed' },
  );
}
