import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadLog } from '../../proof/bench/coordinator-page/load-log.ts';
import {
  askForPage,
  drawCoordinators,
  explainPage,
  PAGES,
  type Coordinator,
  type Page,
} from '../../proof/bench/coordinator-page/page.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

// "npm run bench:page" measures this at ten million rows.
const ROWS = 20_000;
const CHAPTERS = 40;
let database: TestDatabase;
let coordinator: Coordinator;

beforeAll(async () => {
  database = await createDatabase();
  await loadLog(database.pool, { rows: ROWS, chapters: CHAPTERS });
  const { rows } = await database.pool.query<Coordinator>(
    `select u.id, u.chapter_id from users u
     where u.role = 'coordinator' order by (select count(*) from follow_up_notification_log l where l.chapter_id = u.chapter_id) desc limit 1`,
  );
  coordinator = rows[0]!;
});
afterAll(() => database.drop());

/** How often the policies' function was called for one page, and of which chapters the rows were. */
async function callsFor(page: Page, before = ''): Promise<{ calls: number; chapters: string[]; rows: number }> {
  const client = await database.pool.connect();
  try {
    await client.query(`begin; ${before}; set local track_functions = 'all'; set local role authenticated;
      set local request.jwt.claims = '{"sub": "${coordinator.id}"}'`);
    const { rows } = await client.query<{ chapter_id: string }>(PAGES[page], [coordinator.chapter_id]);
    await client.query('reset role');
    const counted = await client.query<{ calls: number }>(
      `select calls::int from pg_stat_xact_user_functions where schemaname = 'scenario_push' and funcname = 'chapters_in_charge'`,
    );
    return {
      calls: counted.rows[0]?.calls ?? 0,
      chapters: [...new Set(rows.map((row) => row.chapter_id))],
      rows: rows.length,
    };
  } finally {
    await client.query('rollback');
    // Closed: a connection that is used again adds its calls up.
    client.release(true);
  }
}

test.each([
  ['named', 1],
  ['bare', 1],
  // For each of its two looks at the table.
  ['view', 2],
] as const)(
  'a page (%s) is 50 rows of her chapter, and asks %i times who she is, not once a row',
  async (page, calls) => {
    expect(await callsFor(page)).toEqual({ calls, chapters: [coordinator.chapter_id], rows: 50 });
  },
);

test('a page that names its chapter is read from the index in its order: no sort, no row that is not shown', async () => {
  const plan = await explainPage(database.pool, 'named', coordinator);
  expect(plan).toMatch(/Index Scan using follow_up_notification_log_page_idx/);
  expect(plan).toMatch(/InitPlan/);
  expect(plan).not.toMatch(/Sort|Seq Scan|SubPlan|Rows Removed/);
});

test('so is a page of the view that names none', async () => {
  const plan = await explainPage(database.pool, 'view', coordinator);
  expect(plan).toMatch(/Merge Append/);
  const own = plan.slice(plan.indexOf('Subquery Scan'), plan.lastIndexOf('Subquery Scan'));
  // In the index's order, or as a bitmap of it where the table's pages are not known to be visible to everybody.
  expect(own).toMatch(/(Index Only Scan using|Bitmap Index Scan on) follow_up_notification_log_page_idx/);
  expect(own).not.toMatch(/Seq Scan/);
  const others = plan.slice(plan.lastIndexOf('Subquery Scan'));
  expect(others).toMatch(/One-Time Filter/);
  expect(others).toMatch(/follow_up_notification_log_page_idx .*never executed/);
});

test('one that does not is found by the index as well, and sorted', async () => {
  const plan = await explainPage(database.pool, 'bare', coordinator);
  expect(plan).toMatch(/follow_up_notification_log_page_idx/);
  expect(plan).not.toMatch(/Seq Scan|SubPlan/);
});

test('and these tests would notice a policy that is worked out for each row', async () => {
  const { calls } = await callsFor(
    'bare',
    `alter policy "the log is read by those in charge" on follow_up_notification_log
    using (chapter_id = any (scenario_push.chapters_in_charge()))`,
  );
  expect(calls).toBeGreaterThan(1);
});

test('every coordinator gets a page of her own chapter', async () => {
  const coordinators = await drawCoordinators(database.pool, CHAPTERS);
  expect(coordinators).toHaveLength(CHAPTERS);
  for (const each of coordinators) expect((await askForPage(database.pool, 'named', each)).rows).toBe(50);
});
