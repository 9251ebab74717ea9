import { afterAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { daysBefore, mentor, record, rule } from '../support/factories.ts';
import { consoleOnDatabase, pageText } from '../support/console.ts';
import { NOW, SCRIPT, world } from './people.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

const { database, console, operator, close } = await consoleOnDatabase({ clock: () => NOW });
afterAll(close);
const it = await world(database);

const nb = { 'accept-language': 'nb' };

describe('a mentor’s page', () => {
  test('opens with what explain says of each scenario, in words', async () => {
    const { status, body } = await operator.get(`/mentors/${it.a.mentor}`);
    expect(status).toBe(200);
    expect(pageText(body)).toContain('Due: last active 40 days ago, the default rule waits for 30;');
    expect(body.match(/<details>/g)).toHaveLength(4);
    expect(body).toContain('The Temporal server does not answer: days are shown');
  });

  test('says the same in Norwegian', async () => {
    const { body } = await operator.get(`/mentors/${it.a.mentor}`, nb);
    expect(body).toContain('<html lang="nb"');
    expect(pageText(body)).toMatch(/40 dager siden/);
    expect(body).toContain('Hva som har skjedd');
  });

  test('marks the text as in the mentor’s language, whatever the page’s', async () => {
    const activities = [daysBefore(NOW, 40)];
    const id = await mentor(database.db, { chapterId: it.a.chapterId, activities });
    await database.db.updateTable('users').set({ locale: 'en-GB' }).where('id', '=', id).execute();
    const { body } = await operator.get(`/mentors/${id}`, nb);
    expect(body).toContain('<div lang="en"><strong>It has been a while</strong>');
  });

  test('has what happened, days of activity between notifications on one line', async () => {
    const id = await mentor(database.db, {
      chapterId: it.a.chapterId,
      activities: [daysBefore(NOW, 100), daysBefore(NOW, 99), daysBefore(NOW, 40)],
    });
    await record(database.db, id, 'inactivity', new Date('2026-09-12T09:00:00Z'));
    const { body } = await operator.get(`/mentors/${id}`);
    const list = pageText(body.slice(body.indexOf('<ol class="timeline">'), body.indexOf('</ol>')));
    expect(list).toMatch(
      /Active: 11 Oct 2026 .*12 Sept 2026, 11:00 .*Inactivity *: sent .*Active: 13 Aug 2026; 12 Aug 2026/,
    );
  });

  test('is found by an id in any case; what is none is sent back with what was expected', async () => {
    expect(await operator.get(`/mentors?id=%20${it.a.mentor.toUpperCase()}`)).toMatchObject({
      status: 200,
      path: `/mentors/${it.a.mentor}`,
    });
    const { status, body } = await operator.get(`/mentors?id=${encodeURIComponent(`"${SCRIPT}`)}`);
    expect(status).toBe(400);
    expect(body).not.toContain(SCRIPT);
    expect(body).toContain('This is not an id');
  });

  test('shows nobody’s text as HTML', async () => {
    const chapterId = it.elsewhere.chapterId;
    const id = await mentor(database.db, { chapterId, activities: [daysBefore(NOW, 2)] });
    const certificate = { user_id: id, certification_type: SCRIPT, expires_on: '2026-12-10' };
    await database.db.insertInto('certifications').values(certificate).execute();
    const text = { title: SCRIPT, body: 'x' };
    await rule(database.db, {
      scenarioType: 'certification_expiry',
      chapterId,
      parameters: { messages: { nb: text, nn: text, en: text } },
    });
    await sql`insert into sending_halts (note, started_at) values (${SCRIPT}, ${NOW})`.execute(database.db);
    const { status, body } = await operator.get(`/mentors/${id}`);
    await sql`update sending_halts set ended_at = ${NOW}`.execute(database.db);
    expect(status).toBe(200);
    expect(body.match(/&lt;script&gt;/g)!.length).toBeGreaterThan(3);
    expect(body).not.toContain(SCRIPT);
  });
});

describe('who sees a mentor', () => {
  test('is who is in charge of their chapter, and says to them what it says to the operator', async () => {
    for (const person of [it.a.coordinator, it.administrator]) {
      const { status, body } = await (await console.person(person)).get(`/mentors/${it.a.mentor}`);
      expect(status).toBe(200);
      expect(pageText(body)).toContain('Due: last active 40 days ago, the default rule waits for 30;');
    }
  });

  test('an unknown one, and somebody else’s, are the same 404', async () => {
    const somebody = await console.person(it.b.coordinator);
    const [unknown, others, malformed] = [
      await somebody.get(`/mentors/${NOBODY}`),
      await somebody.get(`/mentors/${it.a.mentor}`),
      await somebody.get('/mentors/nobody'),
    ];
    expect(others.status).toBe(404);
    expect(unknown.status).toBe(404);
    expect(malformed.status).toBe(404);
    expect(others.body.replaceAll(it.a.mentor, NOBODY)).toBe(unknown.body);
    expect(others.body).not.toContain('40 days');
  });

  test('neither a mentor nor a coordinator who is inactive sees any', async () => {
    for (const person of [
      it.a.mentor,
      await mentor(database.db, { chapterId: it.a.chapterId, role: 'coordinator', status: 'inactive' }),
    ])
      expect(await (await console.person(person)).get(`/mentors/${it.a.mentor}`)).toMatchObject({ status: 404 });
  });

  test('a coordinator is no mentor of their chapter', async () => {
    const somebody = await console.person(it.a.coordinator);
    expect(await somebody.get(`/mentors/${it.a.coordinator}`)).toMatchObject({ status: 404 });
  });

  test('the operator finds nobody by an id that nobody has', async () => {
    expect(await operator.get(`/mentors/${NOBODY}`)).toMatchObject({ status: 404 });
  });
});
