import { sql, type Transaction } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { readSql, statement, type SqlStatement } from './sql-file.ts';
import type { Database } from './tables.ts';

const SCENARIO_PLACE = '-- {{scenario}}';

/**
 * The statement that evaluates one scenario type: the shared head, the scenario's own SELECT in its place, and a tail
 * that says what is done with the verdicts. `transform`: for tests that prove that a change would be noticed.
 */
export function evaluationStatement<Row>(
  scenarioType: ScenarioType,
  tail:
    | 'claim-candidates'
    | 'preview-candidates'
    | 'explain-mentor'
    | 'count-audience'
    | 'cooldown-buckets'
    | 'silent-mentors'
    | 'lapsing-certificates',
  transform: (text: string) => string = (text) => text,
): SqlStatement<Row> {
  const scenario = readSql(`scenarios/${scenarioType.replaceAll('_', '-')}`);
  return statement<Row>(
    transform(readSql('evaluate', tail).replaceAll(SCENARIO_PLACE, () => scenario)),
    `${tail} ${scenarioType}`,
  );
}

/**
 * For the rest of the transaction, joins are hash joins. Statistics know nothing of ids within one of their hundred buckets:
 * of ten million mentors, a batch of fifty thousand is expected to be a single one, and would be compared with every rule and
 * every summary in turn. What is written as a lateral sub-query stays a look-up.
 *
 * Not compiled: to PostgreSQL before 18 a look-up that it is told to avoid costs so much that every statement seems worth it
 * (2 to 4 s of compiling for 20 to 50 ms of work, PostgreSQL 15).
 */
export async function expectMany(tx: Transaction<Database>): Promise<void> {
  await sql`select set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)`.execute(tx);
}
