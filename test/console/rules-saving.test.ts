import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestConsole, type Visitor } from '../support/console.ts';
import { rule } from '../support/factories.ts';
import { consoleWithRules, address, fieldsOf, HOSTILE, ofChapter, submit } from './rule-forms.ts';

const { database, console, operator, rulesOf, foundAgain, close } = await consoleWithRules();
afterAll(close);
let { organizationId, mine, theirs, coordinator, administrator } = await foundAgain();
beforeEach(async () => {
  ({ organizationId, mine, theirs, coordinator, administrator } = await foundAgain());
});

describe('saving', () => {
  test('is one step: the rule is there, and who wrote it stands below', async () => {
    const saved = await submit(coordinator, ofChapter(mine), { inactive_days: '45', action: 'save' });
    expect(saved).toMatchObject({ status: 200, path: expect.stringContaining('&saved') });
    expect(saved.body).toContain('Saved.');
    expect(saved.body).toMatch(/History[\s\S]*You[\s\S]*made/);
    expect(await rulesOf(mine)).toMatchObject([
      { enabled: true, cooldown_minutes: 20160, parameters: { inactive_days: 45, max_reminders: 3 } },
    ]);
    const again = await submit(coordinator, ofChapter(mine), {
      inactive_days: '46',
      max_reminders: '',
      action: 'save',
    });
    expect(again.body).toContain('Days without activity: 45 → 46');
    expect(await rulesOf(mine)).toMatchObject([{ parameters: { inactive_days: 46, max_reminders: null } }]);
    expect((await administrator.get(ofChapter(mine))).body).toContain('kari@example.org');
  });

  test('by the operator has the name that they give', async () => {
    const saved = await submit(operator, address('default'), { operator: 'Ola & co', action: 'save', cooldown: '15' });
    expect(saved.body).toContain('Ola &amp; co');
    await submit(operator, address('default'), { cooldown: '14', action: 'save' });
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
    const { status, body } = await submit(coordinator, ofChapter(mine), {
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
    await coordinator.get('/language/nb?back=/rules');
    const { body } = await submit(coordinator, ofChapter(mine), { 'messages.nb.title': '{dager}', action: 'save' });
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
    const { body } = await submit(coordinator, ofChapter(mine), { ...texts, action: 'save' });
    expect(body).toMatch(/<strong>Hei nn<\/strong><br \/>en\s31 dager/);
    const [{ parameters }] = await rulesOf(mine);
    expect(parameters.messages.nn).toEqual({
      title: 'Hei nn',
      body: 'en\n{days, plural, one {# dag} other {# dager}}',
    });
  });

  test('without the form’s token changes nothing', async () => {
    const { body } = await coordinator.get(ofChapter(mine));
    const answer = await coordinator.post('/rules/edit', { ...fieldsOf(body), csrf: 'x', action: 'save' });
    expect(answer.status).toBe(403);
    expect(await rulesOf(mine)).toEqual([]);
  });

  test('of a huge body changes nothing', async () => {
    expect(await statusOf('/rules/edit', 'x'.repeat(300_000), coordinator)).toBe(413);
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
    expect(await submit(coordinator, ofChapter(mine), { scope: `chapter:${theirs}`, action: 'save' })).toMatchObject({
      status: 404,
    });
    for (const scope of [`organization:${organizationId}`, 'default']) {
      const page = await coordinator.get(address(scope));
      expect(page.body).toContain('You may read this rule and not change it');
      const refused = await submit(coordinator, address(scope), { action: 'save', inactive_days: '99' });
      expect(refused.status).toBe(403);
    }
    const own = await submit(administrator, address(`organization:${organizationId}`), { action: 'save' });
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
    await submit(coordinator, ofChapter(mine), { inactive_days: '40', action: 'save' });
    const opened = fieldsOf((await administrator.get(ofChapter(mine))).body);
    await submit(coordinator, ofChapter(mine), { inactive_days: '41', action: 'save' });
    const second = await administrator.post('/rules/edit', { ...opened, inactive_days: '50', action: 'save' });
    expect(second.status).toBe(409);
    expect(second.body).toMatch(/kari@example\.org saved this rule at/);
    expect(second.body).toMatch(/Days without activity[\s\S]*41[\s\S]*50/);
    expect(second.body).toMatch(/id="inactive_days"[^>]*value="50"/);
    expect(await rulesOf(mine)).toMatchObject([{ parameters: { inactive_days: 41 } }]);
    const third = await administrator.post('/rules/edit', { ...fieldsOf(second.body), action: 'save' });
    expect(third.body).toContain('Saved.');
    expect(await rulesOf(mine)).toMatchObject([{ parameters: { inactive_days: 50 } }]);
  });

  test('and both made the rule: the second is shown it', async () => {
    const opened = fieldsOf((await administrator.get(ofChapter(mine))).body);
    await submit(coordinator, ofChapter(mine), { inactive_days: '41', action: 'save' });
    const second = await administrator.post('/rules/edit', { ...opened, inactive_days: '50', action: 'save' });
    expect(second.status).toBe(409);
    expect(await rulesOf(mine)).toMatchObject([{ parameters: { inactive_days: 41 } }]);
  });

  test('and the first deleted it: saving again makes a new one', async () => {
    await submit(coordinator, ofChapter(mine), { inactive_days: '40', action: 'save' });
    const opened = fieldsOf((await administrator.get(ofChapter(mine))).body);
    await database.pool.query('delete from scenario_rules where chapter_id = $1', [mine]);
    const second = await administrator.post('/rules/edit', { ...opened, inactive_days: '50', action: 'save' });
    expect(second).toMatchObject({ status: 409, body: expect.stringContaining('Somebody deleted this rule') });
    await administrator.post('/rules/edit', { ...fieldsOf(second.body), action: 'save' });
    expect(await rulesOf(mine)).toMatchObject([{ parameters: { inactive_days: 50 } }]);
  });

  test('at the very same moment: one is saved, the other is shown it', async () => {
    const both = [coordinator, administrator];
    const opened = await Promise.all(both.map(async (who) => fieldsOf((await who.get(ofChapter(mine))).body)));
    const answers = await Promise.all(
      both.map((who, i) => who.post('/rules/edit', { ...opened[i], inactive_days: `6${i}`, action: 'save' })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });
});

describe('a form that names another rule than its own', () => {
  const anotherRule = async (page: string) => {
    const { id, version } = fieldsOf((await operator.get(page)).body);
    return { id: id!, version: version! };
  };

  test('does not write the other one', async () => {
    await rule(database.db, { scenarioType: 'inactivity', organizationId, parameters: { inactive_days: 33 } });
    const others = await anotherRule(address(`organization:${organizationId}`));
    const answer = await submit(administrator, ofChapter(mine), { ...others, inactive_days: '50', action: 'save' });
    expect(answer.status).toBe(409);
    const { rows } = await database.pool.query('select parameters from scenario_rules where id = $1', [others.id]);
    expect(rows).toMatchObject([{ parameters: { inactive_days: 33 } }]);
  });

  test('does not delete the default', async () => {
    const others = await anotherRule(address('default'));
    const answer = await submit(operator, ofChapter(mine), { ...others, action: 'delete' });
    expect(answer.status).toBe(409);
    expect((await operator.get(address('default'))).body).toContain(others.version);
  });

  test.each([
    ['an id that is none', { id: '-'.repeat(36), version: '0'.repeat(32) }],
    ['a version that is none', { id: '00000000-0000-4000-8000-000000000000', version: 'x\0' }],
    ['an id without a version', { id: '00000000-0000-4000-8000-000000000000', version: '' }],
  ])('is not there for %s', async (_, seen) => {
    const answer = await submit(coordinator, ofChapter(mine), { ...seen, action: 'delete' });
    expect(answer.status).toBe(404);
    expect(await rulesOf(mine)).toEqual([]);
  });
});
