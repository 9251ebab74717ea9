import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chapter, mentor, organization, rule } from '../support/factories.ts';
import { consoleOnDatabase, pageText, type Visitor } from '../support/console.ts';
import { sweepRun } from '../support/sweep-rows.ts';
import { SCRIPT } from './people.ts';

const NOW = new Date('2026-11-20T12:00:00Z');

const { database, console, operator, close } = await consoleOnDatabase({ clock: () => NOW });
afterAll(close);

describe('to the operator, Today', () => {
  test('says that there is no sweep yet, and that nothing waits', async () => {
    const { status, body } = await operator.get('/');
    expect(status).toBe(200);
    expect(body.match(/No sweep yet/g)).toHaveLength(4);
    expect(body).toContain('Nothing waits for a decision.');
    expect(body).toContain('the Temporal server does not answer');
    expect(body).toContain('Nothing was sent in thirty days.');
  });

  test('shows the last sweep of a type step by step, and none before it', async () => {
    await sweepRun(database.db, new Date('2026-11-18T09:00:00Z'), { mentors_evaluated: 7_777 });
    await sweepRun(database.db, new Date('2026-11-20T09:00:00Z'), {
      mentors_evaluated: 2_694,
      candidates: 224,
      suppressed: JSON.stringify({ cooldown: 35, opted_out: 23, [SCRIPT]: 1 }),
      claimed: 165,
      sent: 114,
      failed: 6,
      unknown: 4,
      deferred: 19,
      withdrawn: 22,
    });
    const { body } = await operator.get('/');
    const words = pageText(body);
    expect(words).toContain('evaluated 2,694');
    expect(words).toContain('due 224');
    expect(words).toMatch(/cooldown\S* .*35|35/);
    expect(words).toContain('sent 114');
    expect(words).toContain('failed 6');
    expect(words).not.toContain('7,777');
    expect(body).not.toContain(SCRIPT);
    expect(body).toContain('&lt;script&gt;');
  });

  test('draws what was sent in thirty days, with a table that says the same', async () => {
    await sweepRun(database.db, new Date('2026-11-19T09:00:00Z'), { scenario_type: 'milestone', sent: 41 });
    await sweepRun(database.db, new Date('2026-10-19T09:00:00Z'), { scenario_type: 'milestone', sent: 5_151 });
    const { body } = await operator.get('/');
    expect(body).toContain('<svg class="plot"');
    expect(pageText(body)).toContain('19 Nov 2026 0 41 0 0 41');
    expect(body).not.toContain('5,151');
  });

  test('names what is braked and what is held, with where to answer', async () => {
    await database.db
      .insertInto('sweep_brakes')
      .values({
        plan_key: 'plan',
        scenario_type: 'welcome_back',
        state: 'braked',
        batches: 1,
        mentors: 10,
        factor: 3,
        minimum: 100,
        planned_at: NOW,
        expected: 4_812,
        usual: 130,
        sweeps: 10,
        braked_at: NOW,
      })
      .execute();
    const { body } = await operator.get('/');
    expect(pageText(body)).toContain('Welcome back: about 4,812 notifications are braked until somebody answers.');
    expect(body).toContain('href="/sweeps"');
  });

  test('says above every page that sending is halted, and why', async () => {
    await database.db
      .insertInto('sending_halts')
      .values({ note: `wrong text ${SCRIPT}`, started_at: NOW })
      .execute();
    const { body } = await operator.get('/');
    expect(pageText(body)).toContain('All sending is halted since 20 Nov 2026, 13:00: “wrong text &lt;script&gt;');
    expect(body).not.toContain(SCRIPT);
  });

  test('is on the clock of UTC where PostgreSQL does not know the reader’s timezone', async () => {
    operator.cookies.set('console_timezone', 'VST');
    const { status, body } = await operator.get('/');
    operator.cookies.delete('console_timezone');
    expect(status).toBe(200);
    expect(body).toContain('data-timezone="UTC"');
  });

  test('is written in Norwegian for a Norwegian browser, and on the reader’s clock', async () => {
    operator.cookies.set('console_timezone', 'America/New_York');
    const { body, headers } = await operator.get('/', { 'accept-language': 'nn,no;q=0.9,en;q=0.5' });
    operator.cookies.delete('console_timezone');
    expect(body).toContain('<html lang="nb" data-timezone="America/New_York">');
    expect(pageText(body)).toContain('Startet 20. nov. 2026, 04:00');
    expect(headers.get('vary')).toContain('Accept-Language');
  });
});

describe('to a coordinator, Today', () => {
  let own: string;
  let coordinator: Visitor;

  beforeAll(async () => {
    const organizationId = await organization(database.db);
    own = await chapter(database.db, { organizationId });
    const other = await chapter(database.db, { organizationId });
    coordinator = await console.person(await mentor(database.db, { chapterId: own, role: 'coordinator' }));
    const ruleId = await rule(database.db, { scenarioType: 'milestone', organizationId });
    for (const [chapterId, lines] of [
      [own, 3],
      [other, 8],
    ] as const) {
      for (let i = 0; i < lines; i++) {
        await database.db
          .insertInto('follow_up_notification_log')
          .values({
            peer_mentor_id: await mentor(database.db, { chapterId }),
            chapter_id: chapterId,
            scenario_rule_id: ruleId,
            delivered_at: '2026-11-19T09:00:00Z',
            delivery_channel: 'fcm',
            idempotency_key: `${chapterId}-${i}`,
            status: 'delivered',
          })
          .execute();
      }
    }
  });

  test('counts the log of their chapter, and no line of another', async () => {
    const { status, body } = await coordinator.get('/');
    expect(status).toBe(200);
    expect(pageText(body)).toContain('Milestone 3 0 0');
    expect(pageText(body)).toContain('19 Nov 2026 0 3 0 0 3');
  });

  test('leaves out sweeps, halts and brakes, and says whose they are', async () => {
    const { body } = await coordinator.get('/');
    expect(body).not.toContain('wrong text');
    expect(body).not.toContain('4,812');
    expect(body).not.toContain('2,694');
    expect(body).not.toContain('href="/sweeps"');
    expect(body).toContain('belong to the operators');
  });

  test('shows a mentor nothing of anybody', async () => {
    const somebody = await console.person(await mentor(database.db, { chapterId: own }));
    expect(pageText((await somebody.get('/')).body)).toContain('Nobody in your chapters was notified in thirty days.');
  });
});
