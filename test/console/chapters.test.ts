import { afterAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { chapter, daysBefore, mentor, record } from '../support/factories.ts';
import { consoleOnDatabase, pageText } from '../support/console.ts';
import { logged, NOW, SCRIPT, world } from './people.ts';

const PARTS = ['', '/not-told', '/needs-a-person'];
const NOWHERE = '00000000-0000-4000-8000-000000000000';

const { database, console, operator, close } = await consoleOnDatabase({ clock: () => NOW });
afterAll(close);
const it = await world(database);

const nb = { 'accept-language': 'nb' };
/** The names in the list of chapters. */
const namesIn = (body: string) => ['Asker', 'Bergen', 'Celle'].filter((name) => pageText(body).includes(name));

describe('the list of chapters', () => {
  test.each([
    ['the operator', null, ['Asker', 'Bergen', 'Celle']],
    ['a coordinator', 'coordinator', ['Asker']],
    ['an administrator', 'administrator', ['Asker', 'Bergen']],
    ['a mentor', 'mentor', []],
  ] as const)('has for %s what they may see', async (_, who, names) => {
    const person = who === 'administrator' ? it.administrator : who && it.a[who];
    const somebody = person ? await console.person(person) : operator;
    const { status, body } = await somebody.get('/chapters');
    expect(status).toBe(200);
    expect(namesIn(body)).toEqual(names);
    expect(body).not.toContain(SCRIPT);
    expect(body.includes('You are in charge of no chapter')).toBe(who === 'mentor');
  });

  test('is searched by a part of a name', async () => {
    expect(namesIn((await operator.get('/chapters?name=ERG')).body)).toEqual(['Bergen']);
    expect((await operator.get('/chapters?name=%25')).body).toContain('No chapter.');
    expect(await operator.get('/chapters?name=%00')).toMatchObject({ status: 200 });
  });

  test('after somebody else’s chapter is the same as after one that is not there', async () => {
    const somebody = await console.person(it.administrator);
    const after = async (id: string) => (await somebody.get(`/chapters?after=${id}`)).body.replaceAll(id, NOWHERE);
    await database.db.updateTable('chapters').set({ name: 'A' }).where('id', '=', it.elsewhere.chapterId).execute();
    expect(await after(it.elsewhere.chapterId)).toBe(await after(NOWHERE));
    await database.db.updateTable('chapters').set({ name: 'Celle' }).where('id', '=', it.elsewhere.chapterId).execute();
    expect(namesIn((await somebody.get(`/chapters?after=${it.a.chapterId}`)).body)).toEqual(['Bergen']);
  });

  test('of 120 has three pages, each of them once', async () => {
    const { rows } = await sql<{ id: string }>`
      insert into chapters (organization_id, name)
      select organization_id, 'Zzz ' || n from chapters, generate_series(1, 120) n where id = ${it.elsewhere.chapterId}
      returning id`.execute(database.db);
    const found: string[] = [];
    let path: string | undefined = '/chapters?name=zzz';
    let pages = 0;
    for (; path; pages++) {
      const { body } = await operator.get(path);
      found.push(...[...body.matchAll(/href="\/chapters\/([0-9a-f-]{36})"/g)].map(([, id]) => id!));
      path = /rel="next" href="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(pages).toBe(3);
    expect(found.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
    await sql`delete from chapters where name like 'Zzz %'`.execute(database.db);
  });
});

describe('who was told', () => {
  test('is the chapter’s log, and leads to the mentors who are still there', async () => {
    const moved = await mentor(database.db, { chapterId: it.b.chapterId });
    await logged(database, it.a.chapterId, it.a.mentor, new Date('2026-11-19T09:00:00Z'));
    await logged(database, it.a.chapterId, moved, new Date('2026-11-18T09:00:00Z'), 'skipped');
    await logged(database, it.b.chapterId, it.b.mentor, new Date('2026-11-17T09:00:00Z'));
    const coordinator = await console.person(it.a.coordinator);
    for (const somebody of [coordinator, operator]) {
      const { status, body } = await somebody.get(`/chapters/${it.a.chapterId}`);
      expect(status).toBe(200);
      expect(pageText(body)).toMatch(/19 Nov 2026, 10:00 .*Inactivity delivered/);
      expect(pageText(body)).toContain('skipped: no device');
      expect(body).toContain(`href="/mentors/${it.a.mentor}"`);
      expect(body).not.toContain(it.b.mentor);
      expect(body.includes(`href="/mentors/${moved}"`)).toBe(somebody === operator);
    }
    expect(pageText((await coordinator.get(`/chapters/${it.a.chapterId}`, nb)).body)).toContain('levert');
  });

  test('of 10,000 lines comes in pages, in order and each line once', async () => {
    const chapterId = await chapter(database.db);
    const id = await mentor(database.db, { chapterId });
    await sql`
      insert into follow_up_notification_log (
        peer_mentor_id, chapter_id, scenario_rule_id, delivered_at, delivery_channel, idempotency_key, status)
      select ${id}, ${chapterId}, r.id, timestamptz '2026-01-01 00:00:00Z' + make_interval(mins => n / 7), 'fcm', 'many ' || n,
        'delivered'
      from scenario_rules r, generate_series(1, 10000) n
      where r.scenario_type = 'inactivity' and r.chapter_id is null and r.organization_id is null`.execute(database.db);
    let path = `/chapters/${chapterId}`;
    const times: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { body } = await operator.get(path);
      times.push(...[...body.matchAll(/datetime="([^"]+)"/g)].map(([, at]) => at!));
      path = /rel="next" href="([^"]+)"/.exec(body)![1]!;
    }
    expect(times).toHaveLength(150);
    expect(times).toEqual(times.toSorted().toReversed());
    const { rows } = await sql<{ at: Date }>`
      select delivered_at as at from follow_up_notification_log where chapter_id = ${chapterId}
      order by delivered_at desc limit 150`.execute(database.db);
    expect(times).toEqual(rows.map(({ at }) => at.toISOString()));
    expect(await operator.get(`/chapters/${chapterId}?after=${NOWHERE}`)).toMatchObject({ status: 200 });
  });
});

describe('who is not told', () => {
  test('are those who are due and suppressed, with the reason, by scenario', async () => {
    const chapterId = await chapter(database.db);
    const out = await mentor(database.db, { chapterId, optedOutOf: ['inactivity'] });
    const cooling = await mentor(database.db, { chapterId, activities: [daysBefore(NOW, 60)] });
    await record(database.db, cooling, 'inactivity', new Date('2026-11-15T09:00:00Z'));
    const due = await mentor(database.db, { chapterId });
    const { status, body } = await operator.get(`/chapters/${chapterId}/not-told?scenario=inactivity`);
    expect(status).toBe(200);
    const text = pageText(body);
    expect(text).toContain('3 mentors are evaluated.');
    expect(text).toMatch(new RegExp(`${out} opted out`));
    expect(text).toMatch(new RegExp(`${cooling} .*29 Nov 2026, 10:00`));
    expect(text).not.toContain(due);
    const send = await operator.get(`/chapters/${chapterId}/not-told?scenario=inactivity&verdict=send`);
    expect(pageText(send.body)).toMatch(new RegExp(`${due} +yes, by the next evaluation`));
    expect(send.body).not.toContain(out);
    const norwegian = await operator.get(`/chapters/${chapterId}/not-told?scenario=inactivity`, nb);
    expect(pageText(norwegian.body)).toContain('3 likepersoner blir vurdert.');
  });

  test('a coordinator reads the same as the operator', async () => {
    const path = `/chapters/${it.a.chapterId}/not-told?scenario=inactivity&verdict=send`;
    for (const somebody of [operator, await console.person(it.a.coordinator)])
      expect((await somebody.get(path)).body).toContain(it.a.mentor);
  });
});

describe('who needs a person', () => {
  test('are in three lists', async () => {
    const chapterId = await chapter(database.db);
    const silent = await mentor(database.db, { chapterId, activities: [daysBefore(NOW, 100)] });
    for (const day of [1, 2, 3]) await record(database.db, silent, 'inactivity', new Date(`2026-11-0${day}T09:00:00Z`));
    const unreachable = await mentor(database.db, { chapterId, devices: [], activities: [daysBefore(NOW, 1)] });
    const holder = await mentor(database.db, { chapterId, activities: [daysBefore(NOW, 1)] });
    const certificate = { user_id: holder, certification_type: SCRIPT, expires_on: '2026-12-10' };
    await database.db.insertInto('certifications').values(certificate).execute();
    const path = `/chapters/${chapterId}/needs-a-person`;
    const found = async (list: string) => {
      const { status, body } = await operator.get(`${path}?list=${list}`);
      expect(status).toBe(200);
      expect(body).not.toContain(SCRIPT);
      return [...body.matchAll(/href="\/mentors\/([0-9a-f-]{36})"/g)].map(([, id]) => id);
    };
    expect(await found('silent')).toEqual([silent]);
    expect(await found('unreachable')).toEqual([unreachable]);
    expect(await found('lapsing')).toEqual([holder]);
    expect(await found('anything')).toEqual([silent]);
    expect(pageText((await operator.get(`${path}?list=lapsing`, nb)).body)).toContain('10. des. 2026');
  });
});

test('a chapter that is not there, and somebody else’s, are the same 404', async () => {
  const somebody = await console.person(it.b.coordinator);
  for (const part of PARTS) {
    const unknown = await somebody.get(`/chapters/${NOWHERE}${part}`);
    const others = await somebody.get(`/chapters/${it.a.chapterId}${part}`);
    expect(unknown.status).toBe(404);
    expect(others.status).toBe(404);
    expect(others.body.replaceAll(it.a.chapterId, NOWHERE)).toBe(unknown.body);
  }
  expect(await operator.get(`/chapters/${NOWHERE}`)).toMatchObject({ status: 404 });
  expect(await operator.get('/chapters/nowhere')).toMatchObject({ status: 404 });
});
