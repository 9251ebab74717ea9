import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { confirm } from '../../cli/confirm.ts';
import { migrationStatus } from '../../db/migrate.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { runInProcess } from '../support/in-process.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const run = (...args: string[]) =>
  runInProcess(args, { DATABASE_URL: database.url, TEMPORAL_ADDRESS: 'x:y:z', NO_COLOR: '1' });

/** What is typed at a terminal, and what the terminal showed. */
async function answering(text: string, yes = false): Promise<{ shown: string; error?: unknown }> {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough();
  input.write(`${text}\n`);
  const asked = confirm('this deletes everything', yes, { input, output });
  const result = await asked.then(
    () => ({}),
    (error: unknown) => ({ error }),
  );
  return { shown: String(output.read() ?? ''), ...result };
}

describe('what means everything', () => {
  test.each(['pause', 'resume', 'trigger', 'delete'])('schedules %s without names wants --all', async (name) => {
    const { code, error } = await run('schedules', name);
    expect(code).toBe(2);
    expect(error).toMatch(`E_WHICH_SCHEDULES: schedules ${name}: expected names or --all; names are scenario types`);
  });

  test('migrate down --steps all without a terminal wants --yes, names the database, and changes nothing', async () => {
    const { code, error } = await run('migrate', 'down', '--steps', 'all');
    expect(code).toBe(2);
    expect(error).toMatch(/^E_NOT_CONFIRMED: migrate down: this deletes all .* database "test_\w+" on .*add --yes/);
    expect(error).not.toContain(new URL(database.url).password || 'no password');
    expect((await migrationStatus(database.db)).every((each) => each.appliedAt)).toBe(true);
  });

  test('and with --yes takes all back', async () => {
    expect(await run('migrate', 'down', '--steps', 'all', '--yes')).toMatchObject({ code: 0 });
    expect((await migrationStatus(database.db)).some((each) => each.appliedAt)).toBe(false);
  });
});

describe('at a terminal', () => {
  test.each(['yes', ' YES '])('"%s" goes on', async (text) => {
    const { shown, error } = await answering(text);
    expect(error).toBeUndefined();
    expect(shown).toContain('this deletes everything. Type "yes" to go on: ');
  });

  test.each(['', 'y', 'no', 'yes please'])('"%s" does not', async (text) => {
    expect((await answering(text)).error).toMatchObject({ code: 'E_NOT_CONFIRMED' });
  });

  test('--yes is not asked', async () => {
    expect(await answering('no', true)).toEqual({ shown: '' });
  });

  test('a terminal that is closed instead of answered does not go on', async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    input.end();
    await expect(confirm('this', false, { input, output: new PassThrough() })).rejects.toMatchObject({
      code: 'E_NOT_CONFIRMED',
    });
  });
});
