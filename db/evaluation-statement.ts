import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { readSql, statement, type SqlStatement } from './sql-file.ts';

const SCENARIO_PLACE = '-- {{scenario}}';

/**
 * The statement that evaluates one scenario type: the shared head, the scenario's own SELECT in its place, and a tail
 * that says what is done with the verdicts. `transform`: for tests that prove that a change would be noticed.
 */
export function evaluationStatement<Row>(
  scenarioType: ScenarioType,
  tail: 'claim-candidates' | 'preview-candidates' | 'explain-mentor' | 'count-audience' | 'cooldown-buckets',
  transform: (text: string) => string = (text) => text,
): SqlStatement<Row> {
  const scenario = readSql(`scenarios/${scenarioType.replaceAll('_', '-')}`);
  return statement<Row>(transform(readSql('evaluate', tail).replaceAll(SCENARIO_PLACE, () => scenario)));
}
