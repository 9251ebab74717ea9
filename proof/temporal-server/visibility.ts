import { readFileSync } from 'node:fs';
import { TASK_QUEUE } from '../../client/task-queue.ts';
import type { Scene } from '../chaos/weather/scene.ts';
import { require, type Seen } from './steps.ts';

const PAGE = new URL('../../docs/web-ui.md', import.meta.url);
/** In a block of its own, or within a line. */
const QUERY = /(?:^|`)((?:WorkflowType|ExecutionStatus|ScenarioType) = "[^\n`]+)/gm;

/** What docs/web-ui.md tells people to ask, asked as it stands there but for the date, and held against the database. */
export async function documentedQueries(scene: Scene): Promise<Seen> {
  const { client } = scene.stack;
  // Refused, so that one has failed.
  const refused = await client.workflow.start('scenarioSweep', {
    workflowId: 'refused-on-purpose',
    taskQueue: TASK_QUEUE,
    args: [{ scenarioTypes: ['birthday'], asOf: scene.asOf.toISOString() }],
  });
  await refused.result().catch(() => {});

  const date = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Oslo' }).format(scene.asOf);
  const queries = Array.from(readFileSync(PAGE, 'utf8').matchAll(QUERY), ([, query]) =>
    query!.replace(/\d{4}-\d{2}-\d{2}/, date),
  );
  const expected = await expectedIds(scene);
  for (const query of queries) {
    const ids = expected.find(({ asked }) => asked.test(query))?.ids;
    require(ids !== undefined, `docs/web-ui.md has a query that is not known here: ${query}`);
    let found: string[] = [];
    const agrees = () => found.toSorted().join() === ids.toSorted().join();
    // Visibility is written a moment after the history.
    await scene.until(async () => {
      found = [];
      for await (const { workflowId } of client.workflow.list({ query })) found.push(workflowId);
      return agrees();
    }, 20_000);
    require(agrees(), `${query} finds ${found.length}, ${ids.length} expected: ${[...found, '…', ...ids].slice(0, 8).join()}`);
    require((await client.workflow.count(query)).count === ids.length, `${query} counts another number than it lists`);
  }
  require(expected.every(({ asked }) => queries.some((query) => asked.test(query))), 'a documented query has gone');
  return `${queries.length} queries of docs/web-ui.md find what is in the database`;
}

async function expectedIds({ pool }: Scene): Promise<{ asked: RegExp; ids: string[] }[]> {
  const ids = async (query: string) => (await pool.query<{ id: string }>(query)).rows.map(({ id }) => id);
  return [
    {
      asked: /^WorkflowType = "scenarioSweep" AND ScenarioType = "milestone" AND EvaluationDate = /,
      ids: await ids(`select distinct workflow_id as id from evaluation_runs where scenario_type = 'milestone'`),
    },
    { asked: /^WorkflowType = "scenarioBatch"$/, ids: await ids('select batch_key as id from evaluation_batches') },
    { asked: /^ExecutionStatus = "Failed"$/, ids: ['refused-on-purpose'] },
    { asked: /^WorkflowType = "settleBatch" AND ExecutionStatus = "Running"$/, ids: [] },
  ];
}
