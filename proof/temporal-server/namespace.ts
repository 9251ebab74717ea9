import type { TemporalCommand } from './commands.ts';
import { require, type Seen } from './steps.ts';

const SEARCH_ATTRIBUTES = { ScenarioType: 'KeywordList', EvaluationDate: 'Keyword' };

/** As the Compose file makes them. */
export async function makeNamespace(temporal: TemporalCommand): Promise<Seen> {
  const health = await temporal.eventually('operator', 'cluster', 'health');
  require(health.includes('SERVING'), `health: ${health}`);
  await temporal.eventually('operator', 'namespace', 'create', '-n', 'default', '--retention', '30d');
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES))
    await temporal.eventually('operator', 'search-attribute', 'create', '--name', name, '--type', type);
  const listed = await temporal.run('operator', 'search-attribute', 'list');
  require(Object.entries(SEARCH_ATTRIBUTES).every(([name, type]) =>
    new RegExp(`${name}\\s+${type}\\b`).test(listed),
  ), `search attributes: ${listed}`);
  return `default, with ${Object.keys(SEARCH_ATTRIBUTES).join(' and ')}`;
}
