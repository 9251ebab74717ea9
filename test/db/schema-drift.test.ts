import { afterAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { dumpSchema } from '../../db/schema-dump.ts';
import { createDatabase } from '../support/database.ts';

const database = await createDatabase();
afterAll(() => database.drop());

test('schema.sql is what the migrations make', async () => {
  const committed = readFileSync(new URL('../../schema.sql', import.meta.url), 'utf8');
  const actual = await dumpSchema(database.pool);
  if (actual !== committed) {
    const [now, then] = [actual.split('\n'), committed.split('\n')];
    const line = now.findIndex((text, at) => text !== then[at]);
    throw new Error(
      `schema.sql has drifted from the migrations; refresh it with: npm run schema\n` +
        `first difference in line ${line + 1}:\n- ${then[line] ?? '(end)'}\n+ ${now[line] ?? '(end)'}`,
    );
  }
  expect(actual).toBe(committed);
});

test('the dump does not depend on the connection: timezone, path and date style', async () => {
  const other = new pg.Pool({
    connectionString: database.url,
    options: '-c timezone=Asia/Kolkata -c search_path=public,auth,scenario_push -c datestyle=German',
  });
  try {
    expect(await dumpSchema(other)).toBe(await dumpSchema(database.pool));
  } finally {
    await other.end();
  }
});
