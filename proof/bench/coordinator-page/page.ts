import type pg from 'pg';

/**
 * How a coordinator may ask for the latest 50 of their chapter: of the table, naming the chapter or leaning on the policy, and
 * of the view, which names it for them.
 */
export const PAGES = {
  named: `select * from follow_up_notification_log where chapter_id = $1 order by delivered_at desc, log_id desc limit 50`,
  bare: `select * from follow_up_notification_log where $1::uuid is not null order by delivered_at desc, log_id desc limit 50`,
  view: `select * from chapter_log where $1::uuid is not null order by delivered_at desc, log_id desc limit 50`,
} as const;
export type Page = keyof typeof PAGES;

export interface Coordinator {
  readonly id: string;
  readonly chapter_id: string;
}

/** Different ones, drawn at random. */
export async function drawCoordinators(pool: pg.Pool, most: number): Promise<Coordinator[]> {
  const { rows } = await pool.query<Coordinator>(
    `select id, chapter_id from users where role = 'coordinator' and status = 'active' order by random() limit $1`,
    [most],
  );
  return rows;
}

/** As PostgREST does it: a transaction in the role of who is signed in. Milliseconds of the statement alone. */
export async function askForPage(
  pool: pg.Pool,
  page: Page,
  { id, chapter_id }: Coordinator,
): Promise<{ ms: number; rows: number }> {
  return asCoordinator(pool, id, async (client) => {
    const started = performance.now();
    const { rowCount } = await client.query(PAGES[page], [chapter_id]);
    return { ms: performance.now() - started, rows: rowCount ?? 0 };
  });
}

/** What PostgreSQL did for her page, with times and buffers. */
export async function explainPage(pool: pg.Pool, page: Page, { id, chapter_id }: Coordinator): Promise<string> {
  return asCoordinator(pool, id, async (client) => {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${PAGES[page]}`, [
      chapter_id,
    ]);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  });
}

async function asCoordinator<T>(pool: pg.Pool, id: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(
      `begin read only; set local role authenticated; set local request.jwt.claims = '{"sub": "${id}", "role": "authenticated"}'`,
    );
    return await work(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}
