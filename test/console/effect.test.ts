import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { pageText, startTestConsole, type TestConsole, type Visitor } from '../support/console.ts';
import { chapter, mentor, organization, record } from '../support/factories.ts';
import { sweepRun } from '../support/sweep-rows.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const SCRIPT = '<script>alert(1)</script>';
const DUE = new Date('2026-10-20T10:07:00Z');

let database: TestDatabase;
let console: TestConsole;
let chapters: { a: string; b: string };
const people = { coordinatorOfA: '', coordinatorOfB: '', administrator: '', mentor: '' };

/** In A two were told, and one of them was active again; in B one had no device. A and B are of one organisation. */
beforeAll(async () => {
  database = await createDatabase();
  console = await startTestConsole(database, { services: { clock: () => NOW } });
  const organizationId = await organization(database.db);
  await sql`update organizations set name = ${SCRIPT}`.execute(database.db);
  chapters = { a: await chapter(database.db, { organizationId }), b: await chapter(database.db, { organizationId }) };
  const told = async (activities: string[]) => {
    const id = await mentor(database.db, { chapterId: chapters.a, activities });
    await record(database.db, id, 'inactivity', DUE, { evaluationDate: '2026-10-20' });
    return id;
  };
  people.mentor = await told(['2026-09-20']);
  await told(['2026-09-20', '2026-10-22']);
  await mentor(database.db, { chapterId: chapters.b, activities: ['2026-09-20'], devices: [] });
  await sweepRun(database.db, DUE, { mentors_evaluated: 3 });
  people.coordinatorOfA = await mentor(database.db, { chapterId: chapters.a, role: 'coordinator' });
  people.coordinatorOfB = await mentor(database.db, { chapterId: chapters.b, role: 'coordinator' });
  people.administrator = await mentor(database.db, { chapterId: chapters.b, role: 'administrator' });
});
afterAll(async () => {
  await console.close();
  await database.drop();
});

/** Looks again as a browser does, until it is counted. */
async function effectFor(somebody: Visitor, query = '') {
  for (let looks = 0; looks < 1_200; looks++) {
    const answer = await somebody.get(`/effect${query}`);
    if (!answer.headers.has('refresh')) return answer;
    expect(pageText(answer.body)).toMatch(/being counted|telles nå/);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('never counted');
}

describe('did it help', () => {
  test('shows the operator everybody, and says that it is no experiment', async () => {
    const { status, body } = await effectFor(await console.operator());
    expect(status).toBe(200);
    expect(pageText(body)).toContain('This is no experiment.');
    expect(pageText(body)).toMatch(/All 2 50 % \(9–91\) 1 0 % \(0–79\) 0/);
    expect(pageText(body)).toMatch(/no device 1 0 % \(0–79\) 0/);
    expect(body).toContain('<svg class="share"');
  });

  test.each([
    ['a coordinator their chapter', 'coordinatorOfA', /All 2 50 % \(9–91\) 0 – 0/],
    ['a coordinator of another chapter none of it', 'coordinatorOfB', /All 0 – 1 0 % \(0–79\) 0/],
    ['an administrator their organisation', 'administrator', /All 2 50 % \(9–91\) 1 0 % \(0–79\) 0/],
    ['a mentor nobody', 'mentor', /Nobody was reminded/],
  ] as const)('shows %s', async (_, who, numbers) => {
    expect(pageText((await effectFor(await console.person(people[who]))).body)).toMatch(numbers);
  });

  test('knows no address that shows somebody else’s chapter', async () => {
    const { body } = await effectFor(
      await console.person(people.coordinatorOfB),
      `?chapter=${chapters.a}&chapterIds=${chapters.a}`,
    );
    expect(pageText(body)).toMatch(/All 0 – 1 /);
  });

  test('counts from the day that is asked for', async () => {
    const operator = await console.operator();
    expect(pageText((await effectFor(operator, '?since=2026-10-20')).body)).toMatch(/All 2 /);
    expect(pageText((await effectFor(operator, '?since=2026-10-21')).body)).toContain('Nobody was reminded');
    const wrong = await operator.get('/effect?since=2026-02-30');
    expect(wrong.status).toBe(400);
    expect(pageText(wrong.body)).toContain('Expected a day');
  });

  test('speaks Norwegian, and makes nobody’s name HTML', async () => {
    const operator = await console.operator();
    await operator.get('/language/nb');
    const { body } = await effectFor(operator);
    expect(pageText(body)).toContain('Dette er ikke noe forsøk.');
    expect(body).not.toContain(SCRIPT);
  });
});
