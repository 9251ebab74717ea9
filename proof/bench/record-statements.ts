import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import type { Database } from '../../db/tables.ts';
import { CodedError } from '../../domain/errors.ts';

export interface RecordedStatement {
  /** With `$1` for each parameter. */
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What every question is answered with: enough for the repository to go on to its next statement. */
const ANSWER = { fence: 1, wait_ms: 0, mentors: 0 };

/**
 * The statements that the repository sends for one call, in order, transactions included, without a database: what runs
 * bare cannot drift from what the service runs.
 */
export async function recordStatements(
  call: (repository: ScenarioRepository) => Promise<unknown>,
): Promise<RecordedStatement[]> {
  const recorded: RecordedStatement[] = [];
  const db = new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new Recorder(recorded),
      createIntrospector: (each) => new PostgresIntrospector(each),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  await call(new ScenarioRepository(db));
  await db.destroy();
  return recorded;
}

class Recorder implements Driver {
  readonly #recorded: RecordedStatement[];

  constructor(recorded: RecordedStatement[]) {
    this.#recorded = recorded;
  }

  async acquireConnection() {
    const executeQuery = async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
      this.#recorded.push({ sql, parameters });
      return { rows: isAnsweredByNothing(sql) ? [] : [ANSWER as R] };
    };
    return {
      executeQuery,
      streamQuery: () => {
        throw new CodedError('E_BENCH_RECORD', 'nothing that streams is recorded');
      },
    };
  }

  async beginTransaction(_: unknown, { isolationLevel }: TransactionSettings) {
    this.#recorded.push({ sql: `begin${isolationLevel ? ` isolation level ${isolationLevel}` : ''}`, parameters: [] });
  }

  async commitTransaction() {
    this.#recorded.push({ sql: 'commit', parameters: [] });
  }

  async rollbackTransaction() {
    this.#recorded.push({ sql: 'rollback', parameters: [] });
  }

  async init() {}
  async releaseConnection() {}
  async destroy() {}
}

/** The audience has no rule with a cooldown where turns are taken, and no notification is held or waits for long. */
function isAnsweredByNothing(sql: string): boolean {
  return (
    /^select .* from "scenario_rules"/.test(sql) ||
    sql.startsWith('-- An operator knows that held notifications arrived') ||
    sql.startsWith('-- Whether a batch has claims to be tried now that were found to be due so long ago')
  );
}
