import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { VIEWERS, type Viewer, type ViewerName } from './viewers.ts';
import { createWorld, id } from './world.ts';

const CHAPTERS = ['oslo', 'bergen', 'skien'];
const PEOPLE = ['mentor', 'paused', 'bergen', 'skien', 'coordinator', 'administrator', 'stranger'];

/** Chapters, and mentors: an inactive one is a mentor as well, a coordinator is none. */
const READABLE: Partial<Record<ViewerName, readonly [chapters: string, mentors: string]>> = {
  coordinator: ['oslo', 'mentor paused'],
  'coordinator of another chapter': ['bergen', 'bergen'],
  administrator: ['oslo bergen', 'mentor paused bergen'],
  'administrator of another organisation': ['skien', 'skien'],
};
const REFUSED: readonly ViewerName[] = ['anon', 'service_role', 'worker', 'rule writer'];

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await createWorld(database.pool);
});
afterAll(() => database.drop());

/** Names of the ids that the function returns for those of `names`, or for null. */
async function ask(viewer: Viewer, name: string, names: readonly string[] | null): Promise<string> {
  const client = await database.pool.connect();
  try {
    await client.query(`begin read only; set local role ${viewer.role}`);
    await client.query(`select set_config('request.jwt.claims', $1, true)`, [viewer.claims]);
    const { rows } = await client.query<{ id: string }>(`select ${name}($1::uuid[]) as id`, [names?.map(id) ?? null]);
    const found = new Set(rows.map((row) => row.id));
    return (names ?? CHAPTERS).filter((each) => found.has(id(each))).join(' ');
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const others = Object.entries(VIEWERS).filter(([viewer]) => !REFUSED.includes(viewer as ViewerName));

describe.each(others)('%s', (name, viewer) => {
  const [chapters, mentors] = READABLE[name as ViewerName] ?? ['', ''];

  test(`may read of chapters: ${chapters || 'none'}`, async () => {
    expect(await ask(viewer, 'readable_chapters', CHAPTERS)).toBe(chapters);
    expect(await ask(viewer, 'readable_chapters', null)).toBe(chapters);
  });

  test(`of the chapters that are named, and of no other`, async () => {
    for (const each of CHAPTERS)
      expect(await ask(viewer, 'readable_chapters', [each])).toBe(chapters.split(' ').includes(each) ? each : '');
  });

  test(`may read of people: ${mentors || 'none'}`, async () => {
    expect(await ask(viewer, 'readable_mentors', PEOPLE)).toBe(mentors);
    expect(await ask(viewer, 'readable_mentors', null)).toBe('');
  });
});

test.each(REFUSED)('%s may not even ask', async (name) => {
  for (const question of ['readable_chapters', 'readable_mentors'])
    await expect(ask(VIEWERS[name], question, ['oslo'])).rejects.toMatchObject({ code: '42501' });
});

test.each([
  ['a coordinator who is moved', 'coordinator', `update users set chapter_id = '${id('bergen')}'`, 'bergen'],
  ['who is no coordinator any more', 'coordinator', `update users set role = 'peer_mentor'`, ''],
  ['an administrator without a chapter', 'administrator', 'update users set chapter_id = null', ''],
] as const)('%s is in charge of what they are in charge of now', async (_, name, change, chapters) => {
  const person = name === 'administrator' ? 'administrator' : 'coordinator';
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    await client.query(`${change} where id = '${id(person)}'`);
    await client.query(`select set_config('request.jwt.claims', $1, true)`, [VIEWERS[name].claims]);
    await client.query('set local role authenticated');
    const { rows } = await client.query<{ id: string }>('select readable_chapters(null) as id');
    expect(rows.map((row) => row.id)).toEqual(chapters === '' ? [] : [id(chapters)]);
  } finally {
    await client.query('rollback');
    client.release();
  }
});
