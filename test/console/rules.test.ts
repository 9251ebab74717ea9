import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startTestConsole, type TestConsole, type Visitor } from '../support/console.ts';
import { chapter, daysBefore, mentor, organization, rule } from '../support/factories.ts';

let database: TestDatabase;
let console: TestConsole;
let [organizationId, mine, theirs, elsewhere] = ['', '', '', ''];
let [operator, coordinator, other, administrator]: Visitor[] = [];

beforeAll(async () => {
  database = await createDatabase();
  console = await startTestConsole(database);
});
afterAll(async () => {
  await console.close();
  await database.drop();
});

const HOSTILE = '<script>alert(1)</script>';

beforeEach(async () => {
  await database.pool.query(`
    truncate users cascade;
    delete from scenario_rules where organization_id is not null or chapter_id is not null;
    delete from delivery_policies where organization_id is not null or chapter_id is not null;
    delete from rule_changes`);
  organizationId = await organization(database.db);
  mine = await chapter(database.db, { organizationId });
  theirs = await chapter(database.db, { organizationId });
  elsewhere = await chapter(database.db);
  await database.pool.query('update chapters set name = $2 where id = $1', [mine, HOSTILE]);
  const as = async (chapterId: string, role: 'coordinator' | 'administrator') =>
    console.person(await mentor(database.db, { chapterId, role }));
  operator = await console.operator();
  coordinator = await as(mine, 'coordinator');
  other = await as(theirs, 'coordinator');
  administrator = await as(mine, 'administrator');
});

const address = (scope: string, type = 'inactivity') => `/rules/edit?type=${type}&scope=${scope}`;
const ofChapter = (id: string) => address(`chapter:${id}`);
/** What a browser would send of the form that was just opened, unless `fields` says otherwise. */
async function submit(who: Visitor, page: string, fields: Record<string, string>) {
  const { body } = await who.get(page);
  return who.post('/rules/edit', { ...fieldsOf(body), ...fields });
}
function fieldsOf(body: string): Record<string, string> {
  const form = /<form method="post" action="\/rules\/edit"[\s\S]*?<\/form>/.exec(body)?.[0] ?? '';
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)![1]!;
    if (/type="checkbox"/.test(tag) ? /checked/.test(tag) : name !== 'csrf')
      fields[name] = /value="([^"]*)"/.exec(tag)?.[1] ?? (/type="checkbox"/.test(tag) ? 'on' : '');
  }
  for (const [, name, options] of form.matchAll(/<select[^>]*name="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g))
    fields[name!] = /value="([^"]*)"\s+selected/.exec(options!)?.[1] ?? '';
  for (const [, name, text] of form.matchAll(/<textarea[^>]*name="([^"]*)"[^>]*>\n?([\s\S]*?)<\/textarea>/g))
    fields[name!] = text!;
  return fields;
}
/** The page of a comparison, once it is done. */
async function compared(who: Visitor, page: string, fields: Record<string, string>) {
  let answer = await submit(who, page, { ...fields, action: 'look' });
  while (answer.body.includes('data-refresh')) {
    await sleep(50);
    answer = await who.get(answer.path);
  }
  return answer;
}
const rulesOf = async (chapterId: string) =>
  (await database.pool.query('select * from scenario_rules where chapter_id = $1', [chapterId])).rows;
const quiet = (days: number, chapterId: string) =>
  mentor(database.db, { chapterId, activities: [daysBefore(new Date(), days)] });

describe('the list', () => {
  test('says whose rule counts where, in both languages, and escapes every name', async () => {
    await rule(database.db, { scenarioType: 'inactivity', chapterId: mine, parameters: { inactive_days: 45 } });
    await rule(database.db, { scenarioType: 'inactivity', organizationId, parameters: { inactive_days: 20 } });
    const { status, body } = await operator!.get('/rules', { 'accept-language': 'en' });
    expect(status).toBe(200);
    expect(body).toContain('Days without activity: 45');
    expect(body).toContain('Default, for everybody');
    expect(body).not.toContain(HOSTILE);
    expect(body).toContain('&lt;script&gt;');
    const norwegian = await operator!.get('/rules', { 'accept-language': 'nb' });
    expect(norwegian.body).toContain('Dager uten aktivitet: 45');
    expect(norwegian.body).toContain('Standard, for alle');
  });

  test('has the hours and limits with whose they are, of those whom the reader may see', async () => {
    await database.pool.query(
      `update delivery_policies set send_from = '08:00', send_until = '21:00' where organization_id is null and chapter_id is null`,
    );
    await database.pool.query(
      `insert into delivery_policies (chapter_id, send_from, send_until, max_notifications, per_days)
       values ($1, '09:00', '17:30', 2, 14), ($2, '10:00', '10:00', null, 7)`,
      [mine, theirs],
    );
    const { body } = await coordinator!.get('/rules');
    expect(body).toContain('09:00–17:30');
    expect(body).toContain('2 in 14 days');
    expect(body).toContain('08:00–21:00');
    expect(body).not.toContain('at any hour');
    expect((await operator!.get('/rules', { 'accept-language': 'nb' })).body).toContain('når som helst');
  });

  test('is bounded by what the reader is in charge of', async () => {
    await rule(database.db, { scenarioType: 'inactivity', chapterId: mine });
    await rule(database.db, { scenarioType: 'inactivity', chapterId: theirs });
    const { body } = await coordinator!.get('/rules');
    expect(body).toContain(`chapter%3A${mine}`);
    expect(body).toContain('scope=default');
    expect(body).not.toContain(theirs);
    expect(body).not.toContain(elsewhere);
    expect((await administrator!.get('/rules')).body).toContain(theirs);
  });

  test('is not there for a mentor', async () => {
    const visitor = await console.person(await mentor(database.db, { chapterId: mine }));
    expect(await visitor.get('/rules')).toMatchObject({ status: 404 });
  });
});

describe('a place', () => {
  test('of somebody else is answered as one that is not there', async () => {
    await rule(database.db, { scenarioType: 'inactivity', chapterId: theirs });
    const [foreign, missing] = [
      await coordinator!.get(ofChapter(theirs)),
      await coordinator!.get(ofChapter(organizationId)),
    ];
    expect(foreign.status).toBe(404);
    expect(missing.status).toBe(404);
    const plain = (text: string) => text.replaceAll(/back=[^"]*/g, '');
    expect(plain(foreign.body)).toBe(plain(missing.body));
  });

  test.each([
    ['/rules/edit'],
    ['/rules/edit?type=inactivity'],
    ['/rules/edit?type=nothing&scope=default'],
    ['/rules/edit?type=constructor&scope=default'],
    ['/rules/edit?type=inactivity&scope=chapter:x'],
    ['/rules/previews/nothing'],
  ])('%s is not there', async (path) => {
    expect(await operator!.get(path)).toMatchObject({ status: 404 });
  });

  test('without a rule begins with the one that counts there, and names it', async () => {
    await rule(database.db, { scenarioType: 'inactivity', organizationId, parameters: { inactive_days: 77 } });
    const { body } = await coordinator!.get(ofChapter(mine));
    expect(body).toMatch(/id="inactive_days"[^>]*value="77"/);
    expect(body).toContain('There is no rule here yet');
  });

  test('has a field for each parameter that the registry declares, with its bounds and default', async () => {
    for (const [type, text] of [
      ['milestone', '1 to 50 whole numbers, each greater than the one before, from 1'],
      ['certification_expiry', '1 to 50 different whole numbers from 0'],
      ['welcome_back', 'Empty: 30.'],
    ] as const)
      expect((await operator!.get(address('default', type))).body).toContain(text);
  });

  test('shows each text as it will read', async () => {
    const { body } = await operator!.get(address('default', 'milestone'));
    expect(body).toContain('Du har nådd 50 samtaler i 2026. Takk for innsatsen!');
    expect(body).toContain('You have reached 50 sessions in 2026. Thank you!');
  });
});

describe('saving', () => {
  test('is one step: the rule is there, and who wrote it stands below', async () => {
    const saved = await submit(coordinator!, ofChapter(mine), { inactive_days: '45', action: 'save' });
    expect(saved).toMatchObject({ status: 200, path: expect.stringContaining('&saved') });
    expect(saved.body).toContain('Saved.');
    expect(saved.body).toMatch(/History[\s\S]*You[\s\S]*made/);
    expect(await rulesOf(mine)).toMatchObject([
      { enabled: true, cooldown_minutes: 20160, parameters: { inactive_days: 45, max_reminders: 3 } },
    ]);
    const again = await submit(coordinator!, ofChapter(mine), {
      inactive_days: '46',
      max_reminders: '',
      action: 'save',
    });
    expect(again.body).toContain('Days without activity: 45 → 46');
    expect(await rulesOf(mine)).toMatchObject([{ parameters: { inactive_days: 46, max_reminders: null } }]);
    expect((await administrator!.get(ofChapter(mine))).body).toContain('kari@example.org');
  });

  test('by the operator has the name that they give', async () => {
    const saved = await submit(operator!, address('default'), { operator: 'Ola & co', action: 'save', cooldown: '15' });
    expect(saved.body).toContain('Ola &amp; co');
    await submit(operator!, address('default'), { cooldown: '14', action: 'save' });
  });

  test.each([
    ['inactive_days', '0', /id="inactive_days-fault">\s*A whole number from 1 to/],
    ['inactive_days', 'soon', /id="inactive_days-fault"/],
    ['inactive_days', '99999999999', /id="inactive_days-fault"/],
    ['max_reminders', '1.5', /id="max_reminders-fault"/],
    ['cooldown', '-1', /id="cooldown-fault"/],
    ['cooldown', '99999999', /id="cooldown-fault"/],
    ['cooldown_unit', 'years', /id="cooldown_unit-fault"/],
    ['on_unknown', 'guess', /id="on_unknown-fault"/],
    ['starts_on', '0026-11-20', /id="starts_on-fault"/],
    ['starts_on', '2026-02-30', /id="starts_on-fault"/],
    ['link', 'javascript:alert(1)', /id="link-fault"/],
    ['messages.nb.title', '{days', /id="messages.nb.title-fault">\s*Expected a placeholder/],
    ['messages.en.body', 'x'.repeat(501), /id="messages.en.body-fault">\s*Expected a text of 1 to 500/],
    ['messages.nn.body', 'a\0b', /id="messages.nn.body-fault">\s*Expected text without control/],
    ['as_of', 'tomorrow', /id="as_of-fault"/],
  ])('with %s %j is refused at its field, and nothing that was typed is lost', async (field, value, words) => {
    const { status, body } = await submit(coordinator!, ofChapter(mine), {
      [field]: value,
      'messages.nn.title': HOSTILE,
      action: 'save',
    });
    expect(status).toBe(422);
    expect(body).toMatch(words);
    expect(body).toContain('&lt;script&gt;alert(1)');
    expect(body).not.toContain(HOSTILE);
    const isChoice = field === 'cooldown_unit' || field === 'on_unknown';
    if (!isChoice && value.length < 100 && !value.includes('\0')) expect(body).toContain(value);
    expect(await rulesOf(mine)).toEqual([]);
  });

  test('says in Norwegian what is wrong with a text', async () => {
    await coordinator!.get('/language/nb?back=/rules');
    const { body } = await submit(coordinator!, ofChapter(mine), { 'messages.nb.title': '{dager}', action: 'save' });
    expect(body).toContain('Forventet en av scenariets plassholdere ({days}), fikk {dager}');
    expect(body).toContain('Forventet en tekst på 1 til 500 tegn');
  });

  test('keeps texts in three languages, line ends as they were typed', async () => {
    const texts = Object.fromEntries(
      ['nb', 'nn', 'en'].flatMap((l) => [
        [`messages.${l}.title`, `Hei ${l}`],
        [`messages.${l}.body`, 'en\r\n{days, plural, one {# dag} other {# dager}}'],
      ]),
    );
    const { body } = await submit(coordinator!, ofChapter(mine), { ...texts, action: 'save' });
    expect(body).toMatch(/<strong>Hei nn<\/strong><br \/>en\s31 dager/);
    const [{ parameters }] = await rulesOf(mine);
    expect(parameters.messages.nn).toEqual({
      title: 'Hei nn',
      body: 'en\n{days, plural, one {# dag} other {# dager}}',
    });
  });

  test('without the form’s token changes nothing', async () => {
    const { body } = await coordinator!.get(ofChapter(mine));
    const answer = await coordinator!.post('/rules/edit', { ...fieldsOf(body), csrf: 'x', action: 'save' });
    expect(answer.status).toBe(403);
    expect(await rulesOf(mine)).toEqual([]);
  });

  test('of a huge body changes nothing', async () => {
    expect(await statusOf('/rules/edit', 'x'.repeat(300_000), coordinator!)).toBe(413);
    expect(await rulesOf(mine)).toEqual([]);
  });

  /** On a connection of its own, which the console closes on whoever sends too much. */
  async function statusOf(path: string, body: string, { cookies }: Visitor): Promise<number | undefined> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length };
    const asking = request(new URL(path, console.address), { method: 'POST', agent: false, headers });
    asking.on('error', () => {});
    asking.end(body);
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  }

  test('where somebody else is in charge is not there; where nobody but an administrator writes is refused', async () => {
    expect(await submit(coordinator!, ofChapter(mine), { scope: `chapter:${theirs}`, action: 'save' })).toMatchObject({
      status: 404,
    });
    for (const scope of [`organization:${organizationId}`, 'default']) {
      const page = await coordinator!.get(address(scope));
      expect(page.body).toContain('You may read this rule and not change it');
      const refused = await submit(coordinator!, address(scope), { action: 'save', inactive_days: '99' });
      expect(refused.status).toBe(403);
    }
    const own = await submit(administrator!, address(`organization:${organizationId}`), { action: 'save' });
    expect(own.body).toContain('Saved.');
  });

  test('by an operator whose login may not write says what to grant', async () => {
    const plain = await startTestConsole(database, { services: { db: database.worker.db } });
    try {
      const reading = await plain.operator();
      const page = await reading.get(address('default'));
      expect(page.body).toContain('scenario_push_rule_writer');
      expect(await submit(reading, address('default'), { action: 'save' })).toMatchObject({ status: 403 });
    } finally {
      await plain.close();
    }
  });
});

describe('two people who save at once', () => {
  test('the second is shown what the first saved, and nothing is overwritten until they save again', async () => {
    await submit(coordinator!, ofChapter(mine), { inactive_days: '40', action: 'save' });
    const opened = fieldsOf((await administrator!.get(ofChapter(mine))).body);
    await submit(coordinator!, ofChapter(mine), { inactive_days: '41', action: 'save' });
    const second = await administrator!.post('/rules/edit', { ...opened, inactive_days: '50', action: 'save' });
    expect(second.status).toBe(409);
    expect(second.body).toMatch(/kari@example\.org saved this rule at/);
    expect(second.body).toMatch(/Days without activity[\s\S]*41[\s\S]*50/);
    expect(second.body).toMatch(/id="inactive_days"[^>]*value="50"/);
    expect(await rulesOf(mine)).toMatchObject([{ parameters: { inactive_days: 41 } }]);
    const third = await administrator!.post('/rules/edit', { ...fieldsOf(second.body), action: 'save' });
    expect(third.body).toContain('Saved.');
    expect(await rulesOf(mine)).toMatchObject([{ parameters: { inactive_days: 50 } }]);
  });

  test('and both made the rule: the second is shown it', async () => {
    const opened = fieldsOf((await administrator!.get(ofChapter(mine))).body);
    await submit(coordinator!, ofChapter(mine), { inactive_days: '41', action: 'save' });
    const second = await administrator!.post('/rules/edit', { ...opened, inactive_days: '50', action: 'save' });
    expect(second.status).toBe(409);
    expect(await rulesOf(mine)).toMatchObject([{ parameters: { inactive_days: 41 } }]);
  });

  test('and the first deleted it: saving again makes a new one', async () => {
    await submit(coordinator!, ofChapter(mine), { inactive_days: '40', action: 'save' });
    const opened = fieldsOf((await administrator!.get(ofChapter(mine))).body);
    await database.pool.query('delete from scenario_rules where chapter_id = $1', [mine]);
    const second = await administrator!.post('/rules/edit', { ...opened, inactive_days: '50', action: 'save' });
    expect(second).toMatchObject({ status: 409, body: expect.stringContaining('Somebody deleted this rule') });
    await administrator!.post('/rules/edit', { ...fieldsOf(second.body), action: 'save' });
    expect(await rulesOf(mine)).toMatchObject([{ parameters: { inactive_days: 50 } }]);
  });

  test('at the very same moment: one is saved, the other is shown it', async () => {
    const both = [coordinator!, administrator!];
    const opened = await Promise.all(both.map(async (who) => fieldsOf((await who.get(ofChapter(mine))).body)));
    const answers = await Promise.all(
      both.map((who, i) => who.post('/rules/edit', { ...opened[i], inactive_days: `6${i}`, action: 'save' })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });
});

describe('before saving', () => {
  test('a coordinator sees who would be added and dropped in their chapter, and of no other', async () => {
    const added = await quiet(25, mine);
    await quiet(25, theirs);
    const { status, path, body } = await compared(coordinator!, ofChapter(mine), { inactive_days: '20' });
    expect(status).toBe(200);
    expect(path).toMatch(/^\/rules\/previews\//);
    expect(body).toContain('Notified now: 0. With this rule: 1. Added: 1. Dropped: 0.');
    expect(body).toContain(`href="/mentors/${added}"`);
    expect(body).toMatch(/id="inactive_days"[^>]*value="20"/);
    expect(await rulesOf(mine)).toEqual([]);
    expect(await other!.get(path)).toMatchObject({ status: 404 });
    const saved = await coordinator!.post('/rules/edit', { ...fieldsOf(body), action: 'save' });
    expect(saved.body).toContain('Saved.');
  });

  test('and who would be dropped, at a date that they choose', async () => {
    const dropped = await quiet(35, mine);
    const later = daysBefore(new Date(), -20);
    const now = await compared(coordinator!, ofChapter(mine), { inactive_days: '50' });
    expect(now.body).toContain('Added: 0. Dropped: 1.');
    expect(now.body).toContain(`href="/mentors/${dropped}"`);
    const then = await compared(coordinator!, ofChapter(mine), { inactive_days: '50', as_of: later });
    expect(then.body).toContain('Added: 0. Dropped: 0.');
  });

  test('an administrator sees the chapters of their organisation, the operator all', async () => {
    await quiet(25, mine);
    await quiet(25, theirs);
    await quiet(25, elsewhere);
    const scope = address(`organization:${organizationId}`);
    expect((await compared(administrator!, scope, { inactive_days: '20' })).body).toContain('Added: 2.');
    expect((await compared(operator!, address('default'), { inactive_days: '20' })).body).toContain('Added: 3.');
  });

  test('a rule that is switched off drops everybody', async () => {
    await quiet(35, mine);
    expect((await compared(coordinator!, ofChapter(mine), { enabled: '' })).body).toContain('Dropped: 1.');
  });
});

describe('a comparison that takes long', () => {
  let waiting: pg.PoolClient;
  beforeEach(async () => {
    await quiet(35, mine);
    waiting = await database.pool.connect();
    await waiting.query('begin; lock table activities in access exclusive mode');
  });
  afterEach(async () => {
    await waiting.query('rollback');
    waiting.release();
    // What still runs ends by itself now, and makes room.
    await until(async () => (await evaluating()) === 0);
    await until(async () => (await submit(operator!, ofChapter(mine), { action: 'look' })).status !== 429);
  });
  const evaluating = async () =>
    (
      await database.pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
    ).rowCount;
  const start = (who: Visitor, inactive_days = '20') => submit(who, ofChapter(mine), { inactive_days, action: 'look' });
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await sleep(50);
  }

  test('shows that it goes on, refreshed with and without a script', async () => {
    const { status, body, headers } = await start(coordinator!);
    expect(status).toBe(200);
    expect(body).toContain('Asking the database');
    expect(body).toContain('data-refresh="2"');
    expect(headers.get('refresh')).toBe('2');
  });

  test('can be given up: the database stops, and what was typed is still there', async () => {
    const { path } = await start(coordinator!);
    await until(async () => (await evaluating()) === 1);
    expect(await other!.post(`${path}/give-up`, {})).toMatchObject({ status: 403 });
    await coordinator!.get(path);
    const after = await coordinator!.post(`${path}/give-up`);
    expect(after.body).toContain('Given up. Nothing was changed.');
    expect(after.body).not.toContain('data-refresh');
    expect(after.body).toMatch(/id="inactive_days"[^>]*value="20"/);
    await until(async () => (await evaluating()) === 0);
  });

  test('ends with the next one that the same person asks for', async () => {
    const first = await start(coordinator!);
    await start(coordinator!, '21');
    expect((await coordinator!.get(first.path)).body).toContain('Given up.');
    expect((await start(administrator!)).body).toContain('Asking the database');
  });

  test('is one of two at most; the third loses nothing that was typed', async () => {
    const paths = [(await start(coordinator!)).path, (await start(administrator!)).path];
    const third = await start(operator!, '23');
    expect(third).toMatchObject({ status: 429, body: expect.stringContaining('Two comparisons are running') });
    expect(third.body).toMatch(/id="inactive_days"[^>]*value="23"/);
    for (const [i, who] of [coordinator!, administrator!].entries()) {
      await who.get(paths[i]!);
      await who.post(`${paths[i]!}/give-up`);
    }
  });
});

test('deleting a chapter’s rule shows first what the wider one would change, and keeps the history', async () => {
  await quiet(35, mine);
  await submit(coordinator!, ofChapter(mine), { inactive_days: '40', action: 'save' });
  const shown = await submit(coordinator!, ofChapter(mine), { action: 'look-without' });
  expect(shown.body).toContain('Added: 1. Dropped: 0.');
  const gone = await coordinator!.post('/rules/edit', { ...fieldsOf(shown.body), action: 'delete' });
  expect(gone.body).toContain('Deleted.');
  expect(gone.body).toMatch(/deleted[\s\S]*made/);
  expect(await rulesOf(mine)).toEqual([]);
});

test('the default cannot be deleted', async () => {
  const { body } = await operator!.get(address('default'));
  expect(body).not.toContain('look-without');
  const answer = await operator!.post('/rules/edit', { ...fieldsOf(body), action: 'delete' });
  expect(answer.status).toBe(403);
});

describe('a form that names another rule than its own', () => {
  const anotherRule = async (page: string) => {
    const { id, version } = fieldsOf((await operator!.get(page)).body);
    return { id: id!, version: version! };
  };

  test('does not write the other one', async () => {
    await rule(database.db, { scenarioType: 'inactivity', organizationId, parameters: { inactive_days: 33 } });
    const others = await anotherRule(address(`organization:${organizationId}`));
    const answer = await submit(administrator!, ofChapter(mine), { ...others, inactive_days: '50', action: 'save' });
    expect(answer.status).toBe(409);
    const { rows } = await database.pool.query('select parameters from scenario_rules where id = $1', [others.id]);
    expect(rows).toMatchObject([{ parameters: { inactive_days: 33 } }]);
  });

  test('does not delete the default', async () => {
    const others = await anotherRule(address('default'));
    const answer = await submit(operator!, ofChapter(mine), { ...others, action: 'delete' });
    expect(answer.status).toBe(409);
    expect((await operator!.get(address('default'))).body).toContain(others.version);
  });

  test.each([
    ['an id that is none', { id: '-'.repeat(36), version: '0'.repeat(32) }],
    ['a version that is none', { id: '00000000-0000-4000-8000-000000000000', version: 'x\0' }],
    ['an id without a version', { id: '00000000-0000-4000-8000-000000000000', version: '' }],
  ])('is not there for %s', async (_, seen) => {
    const answer = await submit(coordinator!, ofChapter(mine), { ...seen, action: 'delete' });
    expect(answer.status).toBe(404);
    expect(await rulesOf(mine)).toEqual([]);
  });
});
