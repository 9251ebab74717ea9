import { sql, type Kysely } from 'kysely';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { guard } from './repository-exception.ts';
import type { Database } from './tables.ts';

/** Those of the types that nobody was ever notified of. Throws {@link ScenarioRepositoryException}. */
export async function typesWithoutRecord(
  db: Kysely<Database>,
  scenarioTypes: readonly ScenarioType[],
): Promise<ScenarioType[]> {
  return guard('typesWithoutRecord', async () => {
    const { rows } = await sql<{ scenario_type: ScenarioType }>`
      select t.scenario_type
      from unnest(${[...scenarioTypes]}::text[]) as t (scenario_type)
      where not exists (select from scenario_notifications n where n.scenario_type = t.scenario_type)`.execute(db);
    return rows.map(({ scenario_type }) => scenario_type);
  });
}
