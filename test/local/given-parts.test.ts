import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentFile, withoutOwnVariables, writeEnvironment } from '../../local/environment-file.ts';
import { lookAtGivenParts } from '../../local/given-parts.ts';
import { announceParts } from '../../local/parts.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { mentor } from '../support/factories.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';

const EMULATOR = { FIREBASE_MESSAGING_EMULATOR_HOST: '127.0.0.1:9099' };
const asked = { useEnvironment: true };
const notAsked = { useEnvironment: false };

let used: TestDatabase;
let empty: TestDatabase;
let folder: TestFolder;

beforeAll(async () => {
  folder = createFolder();
  [used, empty] = await Promise.all([createDatabase(), createDatabase({ migrated: false })]);
  await mentor(used.db);
});
afterAll(async () => {
  folder.remove();
  await Promise.all([used.drop(), empty.drop()]);
});

describe('a named database with users', () => {
  test('is refused, and the message names it without its password', async () => {
    const refusal = lookAtGivenParts({ DATABASE_URL: used.url }, notAsked);
    await expect(refusal).rejects.toThrow(/^E_DATABASE_IN_USE: .*database "test_\w+" on 127.*--use-environment/);
    await expect(refusal).rejects.not.toThrow(new URL(used.url).password);
  });

  test('is refused beside a named emulator, whatever is asked for', async () => {
    for (const options of [asked, notAsked]) {
      await expect(lookAtGivenParts({ DATABASE_URL: used.url, ...EMULATOR }, options)).rejects.toThrow(
        'E_DATABASE_IN_USE',
      );
    }
  });

  test('gets no emulator in place of Firebase: without access it is refused', async () => {
    const broken = join(folder.path, 'account.json');
    writeFileSync(broken, JSON.stringify({ project_id: 'an-organisation' }));
    const before = process.env['GOOGLE_APPLICATION_CREDENTIALS'];
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = broken;
    try {
      const env = { DATABASE_URL: used.url, GOOGLE_APPLICATION_CREDENTIALS: broken };
      await expect(lookAtGivenParts(env, asked)).rejects.toThrow('E_NO_CREDENTIALS');
    } finally {
      if (before === undefined) delete process.env['GOOGLE_APPLICATION_CREDENTIALS'];
      else process.env['GOOGLE_APPLICATION_CREDENTIALS'] = before;
    }
  });

  test('counts as one with users where row-level security hides them from the role', async () => {
    await used.pool.query(`create role hidden_from login password 'x'`);
    try {
      await used.pool.query('alter table users enable row level security; grant select on users to hidden_from');
      const url = new URL(used.url);
      [url.username, url.password] = ['hidden_from', 'x'];
      await expect(lookAtGivenParts({ DATABASE_URL: url.href }, notAsked)).rejects.toThrow('E_DATABASE_IN_USE');
    } finally {
      await used.pool.query('drop owned by hidden_from; drop role hidden_from');
    }
  });
});

describe('a named database without users', () => {
  test('is used, also when it has never been migrated', async () => {
    const { database } = await lookAtGivenParts({ DATABASE_URL: empty.url, ...EMULATOR }, notAsked);
    expect(database).toMatchObject({ url: empty.url, hasUsers: false });
  });
});

test('what is named is said by name, and only what is started is said to start', async () => {
  const lines: string[] = [];
  const say = async (env: Record<string, string>) => {
    lines.length = 0;
    announceParts(await lookAtGivenParts(env, notAsked), (line) => lines.push(line));
    return [...lines];
  };
  expect(await say({})).toEqual(['Starting PostgreSQL, a Temporal server and an FCM emulator …']);
  expect(await say({ DATABASE_URL: empty.url, TEMPORAL_ADDRESS: 'temporal:7233' })).toEqual([
    expect.stringMatching(/^Using database "test_\w+" on 127\.0\.0\.1:\d+, which the environment names\.$/),
    'Using the Temporal server at temporal:7233, which the environment names.',
    'Starting an FCM emulator …',
  ]);
  expect(await say({ DATABASE_URL: empty.url, TEMPORAL_PROFILE: 'cloud', ...EMULATOR })).toEqual([
    expect.stringContaining('Using database'),
    'Using the Temporal server of profile cloud, which the environment names.',
    'Using the FCM emulator at 127.0.0.1:9099, which the environment names.',
  ]);
});

describe("the file of an earlier start's variables", () => {
  const variables = { DATABASE_URL: "postgres://a:b'c@127.0.0.1:1/d", TEMPORAL_ADDRESS: '127.0.0.1:7233' };

  test('names no parts: a terminal that sourced it can start again', () => {
    expect(writeEnvironment(folder.path, variables)).toBe(environmentFile(folder.path));
    expect(withoutOwnVariables({ ...variables, HOME: '/root' }, folder.path)).toEqual({ HOME: '/root' });
  });

  test('leaves a variable that was changed since', () => {
    writeEnvironment(folder.path, variables);
    const changed = { ...variables, DATABASE_URL: 'postgres://production/' };
    expect(withoutOwnVariables(changed, folder.path)).toEqual({ DATABASE_URL: 'postgres://production/' });
  });
});
