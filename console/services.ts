import type { Kysely } from 'kysely';
import type { TemporalClient } from '../client/connect-temporal.ts';
import type { Database } from '../db/tables.ts';

/** What the pages ask. Made once, by whoever starts the console. */
export interface ConsoleServices {
  readonly db: Kysely<Database>;
  /** Null: not reachable. Never throws. */
  readonly temporal: () => Promise<TemporalClient | null>;
  readonly clock: () => Date;
  /** The address of the Temporal Web UI, without a slash at its end; null where nobody has said it. */
  readonly webUi: string | null;
  /** Of the workflows, for links into the Web UI. */
  readonly namespace: string;
  readonly log: ConsoleLog;
}

/** As much of the log as the console writes to. */
export interface ConsoleLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
