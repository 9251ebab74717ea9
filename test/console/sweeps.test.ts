import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { TemporalClient } from '../../client/connect-temporal.ts';
import { endHalt } from '../../db/halts.ts';
import { CodedError } from '../../domain/errors.ts';
import { chapter, mentor } from '../support/factories.ts';
import { consoleOnDatabase, pageText, startTestConsole, type TestConsole, type Visitor } from '../support/console.ts';
import { testConnection, type TestConnection } from '../support/temporal.ts';
import { sweepRun } from '../support/sweep-rows.ts';
import { SCRIPT } from './people.ts';

const NOW = new Date('2026-11-20T12:00:00Z');

const { database, console, operator, close } = await consoleOnDatabase({ clock: () => NOW });
afterAll(close);

const startedAtIn = (body: string) => /name="started_at" value="([^"]+)"/.exec(body)![1]!;
const haltInForce = () =>
  database.db.selectFrom('sending_halts').select('note').where('ended_at', 'is', null).executeTakeFirst();

describe('sweeps', () => {
  test('are listed with what they did, and lead to the Temporal Web UI', async () => {
    const { workflowId } = await sweepRun(database.db, new Date('2026-11-20T09:00:00Z'), { sent: 114, failed: 6 });
    const { status, body } = await operator.get('/sweeps');
    expect(status).toBe(200);
    expect(body).toContain(`href="http://127.0.0.1:8233/namespaces/default/workflows/${workflowId}"`);
    expect(pageText(body)).toContain('No sweep is running.');
    expect(pageText(body)).toMatch(/Inactivity finished 0 0 0 0 114 6/);
  });

  test('that run are shown as the database knows them while the Temporal server is away', async () => {
    const { workflowId } = await sweepRun(database.db, new Date('2026-11-20T11:00:00Z'), {
      scenario_type: 'milestone',
      finished_at: null,
      end_state: null,
      mentors_evaluated: 2_854,
    });
    const { body } = await operator.get('/sweeps');
    expect(body).toContain('data-refresh="2"');
    expect(body).toContain(workflowId);
    expect(pageText(body)).toContain('The Temporal server does not answer');
    expect(pageText(body)).toContain('Milestone running 2,854');
  });

  test('cannot be controlled while the Temporal server is away, and the page says so with 503', async () => {
    await operator.get('/sweeps');
    const { status, body } = await operator.post('/sweeps/control', { workflow_id: 'sweep', signal: 'stop' });
    expect(status).toBe(503);
    expect(pageText(body)).toContain('The Temporal server does not answer');
  });

  test('know no other signal than pause, resume and stop', async () => {
    await operator.get('/sweeps');
    expect(await operator.post('/sweeps/control', { workflow_id: 'sweep', signal: 'terminate' })).toMatchObject({
      status: 404,
    });
  });

  test('do not exist for a person, nor does a halt', async () => {
    const chapterId = await chapter(database.db);
    const coordinator = await console.person(await mentor(database.db, { chapterId, role: 'coordinator' }));
    const never = await coordinator.get('/never-was-there');
    const sweeps = await coordinator.get('/sweeps');
    expect(sweeps.status).toBe(404);
    expect(pageText(sweeps.body)).toBe(pageText(never.body));
    expect(await coordinator.post('/sweeps/halt', { note: 'because I can' })).toMatchObject({ status: 404 });
    expect(await haltInForce()).toBeUndefined();
  });
});

describe('a halt', () => {
  test.each([
    ['nothing', ''],
    ['no words', '!!!'],
    ['several lines', 'wrong\ntext'],
    ['501 characters', `wrong ${'x'.repeat(495)}`],
  ])('for a reason of %s is refused with 400, and says what was expected', async (_, note) => {
    await operator.get('/sweeps');
    const { status, body } = await operator.post('/sweeps/halt', { note });
    expect(status).toBe(400);
    expect(body).toContain('aria-invalid="true"');
    expect(pageText(body)).toContain('Say why in words, on one line of at most 500 characters.');
    expect(await haltInForce()).toBeUndefined();
  });

  test('starts with its reason, whatever it holds, and a second one changes nothing', async () => {
    await operator.get('/sweeps');
    const note = `the text is wrong ${SCRIPT}`;
    const question = await operator.post('/sweeps/halt', { note });
    expect(pageText(question.body)).toContain('Halt all sending?');
    expect(await haltInForce()).toBeUndefined();
    const halted = await operator.post('/sweeps/halt', { note, confirmed: 'yes' });
    expect(halted).toMatchObject({ status: 200, path: '/sweeps?done=halt' });
    expect(halted.body).not.toContain(SCRIPT);
    expect(pageText(halted.body)).toContain('Halted since 20 Nov 2026, 13:00');
    expect(await operator.post('/sweeps/halt', { note: 'another', confirmed: 'yes' })).toMatchObject({
      path: '/sweeps?done=halted-before',
    });
    expect(await haltInForce()).toEqual({ note: `the text is wrong ${SCRIPT}` });
  });

  test('ends after a question, and a second answer to it changes nothing', async () => {
    const started_at = startedAtIn((await operator.get('/sweeps')).body);
    const question = await operator.post('/sweeps/end-halt', { started_at });
    expect(pageText(question.body)).toContain('End the halt?');
    expect(await haltInForce()).toBeDefined();
    const answer = { started_at: startedAtIn(question.body), confirmed: 'yes' };
    expect(await operator.post('/sweeps/end-halt', answer)).toMatchObject({ path: '/sweeps?done=end-halt' });
    expect(await haltInForce()).toBeUndefined();
    expect(await operator.post('/sweeps/end-halt', answer)).toMatchObject({ path: '/sweeps?done=not-halted' });
  });

  test('that began since the page was shown is not ended by it', async () => {
    const halt = (note: string, at: string) =>
      database.db.insertInto('sending_halts').values({ note, started_at: at }).execute();
    await halt('the one that was shown', '2026-11-20T11:00:00.123456Z');
    const answer = { started_at: startedAtIn((await operator.get('/sweeps')).body), confirmed: 'yes' };
    await endHalt(database.db, NOW);
    await halt('a later one', '2026-11-20T11:00:00.124456Z');
    const { body, path } = await operator.post('/sweeps/end-halt', answer);
    expect(path).toBe('/sweeps?done=not-halted');
    expect(pageText(body)).toContain('That halt was ended meanwhile.');
    expect(await haltInForce()).toEqual({ note: 'a later one' });
    const later = { started_at: startedAtIn(body), confirmed: 'yes' };
    expect(await operator.post('/sweeps/end-halt', later)).toMatchObject({ path: '/sweeps?done=end-halt' });
    expect(await operator.post('/sweeps/end-halt', { confirmed: 'yes' })).toMatchObject({ status: 404 });
  });

  test('is not started by a form without its token', async () => {
    await operator.get('/sweeps');
    const { status, body } = await operator.post('/sweeps/halt', { note: 'the text is wrong', csrf: 'made up' });
    expect(status).toBe(403);
    expect(pageText(body)).toContain('Nothing was changed');
    expect(await haltInForce()).toBeUndefined();
  });
});

describe('a Temporal server that refuses', () => {
  test('is shown as an answer, and not as a server that is away', async () => {
    const refuses = async () => {
      throw new CodedError('E_TEMPORAL_REFUSED', 'not yours');
    };
    const refused = await startTestConsole(database, { services: { clock: () => NOW, temporal: refuses } });
    try {
      const own = await refused.operator();
      await own.get('/sweeps');
      const { status, body } = await own.post('/sweeps/control', { workflow_id: 'sweep', signal: 'pause' });
      expect(status).toBe(502);
      expect(pageText(body)).toContain('That was not possible');
      expect(pageText(body)).toContain('not yours');
      expect(body).not.toContain('does not answer');
    } finally {
      await refused.close();
    }
  });
});

describe('with a Temporal server', () => {
  let temporal: TestConnection;
  let withTemporal: TestConsole;
  let somebody: Visitor;
  let workflow_id: string;

  beforeAll(async () => {
    temporal = await testConnection();
    const { client, connection } = temporal;
    const reachable = { client, connection, namespace: 'default' };
    withTemporal = await startTestConsole(database, {
      services: { clock: () => NOW, temporal: async () => reachable as unknown as TemporalClient },
    });
    somebody = await withTemporal.operator();
    const plan_key = 'a plan that is braked';
    const at = new Date('2026-11-20T11:30:00Z');
    const running = { plan_key, finished_at: null, end_state: null };
    ({ workflowId: workflow_id } = await sweepRun(database.db, at, running));
    const { first_run_id } = await database.db
      .selectFrom('evaluation_runs')
      .select('first_run_id')
      .where('workflow_id', '=', workflow_id)
      .executeTakeFirstOrThrow();
    await sweepRun(database.db, at, { ...running, workflow_id, first_run_id, scenario_type: 'milestone' });
    for (const type of ['inactivity', 'milestone'])
      await sql`
        insert into sweep_brakes (
          plan_key, scenario_type, state, batches, mentors, factor, minimum, planned_at, expected, usual, sweeps, braked_at)
        values (${plan_key}, ${type}, 'braked', 1, 9000, 3, 200, ${at}, 4000, 120, 5, ${at})`.execute(database.db);
  });
  afterAll(async () => {
    await withTemporal.close();
    await temporal.close();
  });

  /** No such workflow is there: what gets through is answered so. */
  const SIGNALED = 404;
  const control = async (fields: Record<string, string>) => {
    await somebody.get('/sweeps');
    return somebody.post('/sweeps/control', { workflow_id, ...fields });
  };

  test.each([
    ['a plain resume', {}],
    ['an answer to a question about less', { confirmed: 'yes', braked: 'inactivity' }],
    ['a form that was not answered', { confirmed: '', braked: 'inactivity,milestone' }],
  ])('%s sends nothing that is braked, and asks', async (_, fields) => {
    const { status, body } = await control({ signal: 'resume', ...fields });
    expect(status).toBe(200);
    expect(pageText(body)).toMatch(/Inactivity is braked.* Milestone is braked.* Send what is braked\?/);
    expect(body).toContain('name="braked" value="inactivity,milestone"');
  });

  test('an answer about all that is braked gets through', async () => {
    const answer = { signal: 'resume', confirmed: 'yes', braked: 'inactivity,milestone' };
    expect(await control(answer)).toMatchObject({ status: SIGNALED });
    expect((await somebody.get('/sweeps')).body).toContain('name="braked" value="inactivity,milestone"');
  });

  test('a sweep is stopped after a question, and paused without one', async () => {
    const { status, body } = await control({ signal: 'stop' });
    expect(status).toBe(200);
    expect(pageText(body)).toContain('Stop this sweep?');
    expect(await control({ signal: 'stop', confirmed: 'yes' })).toMatchObject({ status: SIGNALED });
    expect(await control({ signal: 'pause' })).toMatchObject({ status: SIGNALED });
  });
});
