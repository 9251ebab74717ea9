import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mentor, rule } from '../support/factories.ts';
import { consoleWithRules, fieldsOf, address, HOSTILE, ofChapter } from './rule-forms.ts';

const { database, console, operator, foundAgain, close } = await consoleWithRules();
afterAll(close);
let { organizationId, mine, theirs, elsewhere, coordinator, administrator } = await foundAgain();
beforeEach(async () => {
  ({ organizationId, mine, theirs, elsewhere, coordinator, administrator } = await foundAgain());
});

describe('the list', () => {
  test('says whose rule counts where, in both languages, and escapes every name', async () => {
    await rule(database.db, { scenarioType: 'inactivity', chapterId: mine, parameters: { inactive_days: 45 } });
    await rule(database.db, { scenarioType: 'inactivity', organizationId, parameters: { inactive_days: 20 } });
    const { status, body } = await operator.get('/rules', { 'accept-language': 'en' });
    expect(status).toBe(200);
    expect(body).toContain('Days without activity: 45');
    expect(body).toContain('Default, for everybody');
    expect(body).not.toContain(HOSTILE);
    expect(body).toContain('&lt;script&gt;');
    const norwegian = await operator.get('/rules', { 'accept-language': 'nb' });
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
    const { body } = await coordinator.get('/rules');
    expect(body).toContain('09:00–17:30');
    expect(body).toContain('2 in 14 days');
    expect(body).toContain('08:00–21:00');
    expect(body).not.toContain('at any hour');
    expect((await operator.get('/rules', { 'accept-language': 'nb' })).body).toContain('når som helst');
  });

  test('is bounded by what the reader is in charge of', async () => {
    await rule(database.db, { scenarioType: 'inactivity', chapterId: mine });
    await rule(database.db, { scenarioType: 'inactivity', chapterId: theirs });
    const { body } = await coordinator.get('/rules');
    expect(body).toContain(`chapter%3A${mine}`);
    expect(body).toContain('scope=default');
    expect(body).not.toContain(theirs);
    expect(body).not.toContain(elsewhere);
    expect((await administrator.get('/rules')).body).toContain(theirs);
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
      await coordinator.get(ofChapter(theirs)),
      await coordinator.get(ofChapter(organizationId)),
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
    expect(await operator.get(path)).toMatchObject({ status: 404 });
  });

  test('without a rule begins with the one that counts there, and names it', async () => {
    await rule(database.db, { scenarioType: 'inactivity', organizationId, parameters: { inactive_days: 77 } });
    const { body } = await coordinator.get(ofChapter(mine));
    expect(body).toMatch(/id="inactive_days"[^>]*value="77"/);
    expect(body).toContain('There is no rule here yet');
  });

  test('has a field for each parameter that the registry declares, with its bounds and default', async () => {
    for (const [type, text] of [
      ['milestone', '1 to 50 whole numbers, each greater than the one before, from 1'],
      ['certification_expiry', '1 to 50 different whole numbers from 0'],
      ['welcome_back', 'Empty: 30.'],
    ] as const)
      expect((await operator.get(address('default', type))).body).toContain(text);
  });

  test('shows each text as it will read', async () => {
    const { body } = await operator.get(address('default', 'milestone'));
    expect(body).toContain('Du har nådd 50 samtaler i 2026. Takk for innsatsen!');
    expect(body).toContain('You have reached 50 sessions in 2026. Thank you!');
  });
});

test('the default cannot be deleted', async () => {
  const { body } = await operator.get(address('default'));
  expect(body).not.toContain('look-without');
  const answer = await operator.post('/rules/edit', { ...fieldsOf(body), action: 'delete' });
  expect(answer.status).toBe(403);
});
