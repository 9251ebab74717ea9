import type { Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** Rows for which nobody can be notified. */
export interface Untold {
  readonly reason: 'no_chapter' | 'timezone' | 'rule' | 'too_many_devices' | 'long_token';
  /** Mentors; of the last two reasons devices. */
  readonly n: number;
  /** The id of one: a mentor, the organisation, the rule, a mentor, a device. */
  readonly example: string;
  /** The timezone, or what is wrong with the rule. */
  readonly detail: string | null;
}

const statement = statementFromFile<Untold>('untold');
const MOST = 5;

/** Throws {@link ScenarioRepositoryException}. */
export async function findUntold(db: Kysely<Database>): Promise<Untold[]> {
  return guard('findUntold', () => all(db, statement, { most: MOST }));
}
