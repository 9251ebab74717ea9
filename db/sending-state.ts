import { sql, type Kysely } from 'kysely';
import { currentHalt, type Halt } from './halts.ts';
import { guard } from './repository-exception.ts';
import type { Database } from './tables.ts';

/** A project of the push service that is not sent to for now. */
export interface ClosedGate {
  readonly project_id: string;
  /** From then on one message at a time finds out whether it is open again. */
  readonly closed_until: Date;
  /** The code of the answer that closed it. */
  readonly reason: string | null;
}

/** What keeps claimed notifications from being sent. */
export interface SendingState {
  readonly halt: Halt | null;
  readonly closed: readonly ClosedGate[];
  /** Notifications that could not be settled, and what the database said of the latest. */
  readonly notSettled: { readonly notifications: number; readonly fault: string } | null;
}

/** Throws {@link ScenarioRepositoryException}. */
export async function sendingState(db: Kysely<Database>): Promise<SendingState> {
  return guard('sendingState', async () => ({
    halt: await currentHalt(db),
    closed: await db
      .selectFrom('push_gates')
      .select(['project_id', 'closed_until', 'reason'])
      .where('closed_until', 'is not', null)
      // A platform that was set aside is tried again by itself; a project stays closed until a probe is accepted.
      .where((eb) => eb.or([eb('project_id', 'not like', '%/%'), eb('closed_until', '>', sql<Date>`now()`)]))
      .$narrowType<{ closed_until: Date }>()
      .orderBy('project_id')
      .execute(),
    notSettled: await notSettled(db),
  }));
}

async function notSettled(db: Kysely<Database>): Promise<SendingState['notSettled']> {
  const { notifications, fault } = await db
    .selectFrom('scenario_claims')
    .select((eb) => [eb.fn.countAll<number>().as('notifications'), eb.fn.max('fault').as('fault')])
    .where('state', 'in', ['open', 'unknown'])
    .where('fault', 'is not', null)
    .executeTakeFirstOrThrow();
  return fault === null ? null : { notifications, fault };
}

/** How many notifications are claimed and neither sent nor given up. Throws {@link ScenarioRepositoryException}. */
export async function countWaiting(db: Kysely<Database>): Promise<number> {
  return guard('countWaiting', async () => {
    const { waiting } = await db
      .selectFrom('scenario_claims')
      .select((eb) => eb.fn.countAll<number>().as('waiting'))
      .where('state', 'in', ['open', 'unknown'])
      .executeTakeFirstOrThrow();
    return waiting;
  });
}
