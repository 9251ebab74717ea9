import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { HOUR } from '../../domain/durations.ts';
import type { MentorEvent, mentorEvent } from '../../workflows/mentor-event.ts';
import { chapter, daysBefore, mentor, rule } from '../support/factories.ts';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';

const now = new Date();
let service: SweepService;
let chapterId: string;
/** What each evaluation of a notification waits for. */
let before: () => Promise<void> = async () => {};

beforeAll(async () => {
  service = await startSweepService(now, (real) => ({
    async evaluateBatch(request) {
      await before();
      return real.evaluateBatch(request);
    },
  }));
  chapterId = await chapter(service.db);
  await rule(service.db, { scenarioType: 'certification_expiry', chapterId, enabled: false });
});
// An event is as of the instant at which Temporal started it.
beforeEach(() => service.setNow(new Date()));
afterAll(() => service.stop());
afterEach(() => {
  before = async () => {};
});

const begin = (input: unknown, workflowId = `activity-${randomUUID()}`) =>
  service.client.workflow.start<typeof mentorEvent>('mentorEvent', {
    workflowId,
    taskQueue: service.temporal.taskQueue,
    args: [input as MentorEvent],
  });
const report = async (input: MentorEvent) => (await begin(input)).result();

describe('an event', () => {
  test('evaluates its mentor and sends what is due; the result says what was not, and why', async () => {
    const userId = await mentor(service.db, { chapterId, activities: [daysBefore(now, 40)] });
    const result = await report({ userId });
    expect(result).toMatchObject({
      user_id: userId,
      scenarios: {
        inactivity: { verdict: 'due', reason: null, notifications: [{ status: 'sent', reason: null }] },
        milestone: { verdict: 'not_due', notifications: [] },
        welcome_back: { verdict: 'not_due', notifications: [] },
        certification_expiry: { verdict: 'off', reason: 'disabled', notifications: [] },
      },
    });
    const key = result.scenarios['inactivity']!.notifications[0]!.idempotency_key;
    const child = await service.client.workflow.getHandle(key).describe();
    expect(child).toMatchObject({ type: 'notifyMentor', status: { name: 'COMPLETED' } });
    const records = service.db.selectFrom('scenario_notifications').select('idempotency_key');
    expect(await records.where('user_id', '=', userId).execute()).toEqual([{ idempotency_key: key }]);
  });

  test('of given scenarios asks about them alone', async () => {
    const userId = await mentor(service.db, { chapterId });
    expect(Object.keys((await report({ userId, scenarioTypes: ['milestone'] })).scenarios)).toEqual(['milestone']);
  });

  test('says why somebody is not told now', async () => {
    const userId = await mentor(service.db, { chapterId, optedOutOf: ['inactivity'] });
    expect((await report({ userId, scenarioTypes: ['inactivity'] })).scenarios).toMatchObject({
      inactivity: { verdict: 'due', notifications: [{ status: 'suppressed', reason: 'opted_out' }] },
    });
  });

  test('of somebody who has been told by then is told so, and sends nothing', async () => {
    const userId = await mentor(service.db, { chapterId });
    await report({ userId, scenarioTypes: ['inactivity'] });
    expect((await report({ userId, scenarioTypes: ['inactivity'] })).scenarios).toMatchObject({
      inactivity: { notifications: [{ status: 'suppressed', reason: 'already_sent' }] },
    });
  });

  test('sends several of one scenario in their order: 50 before 100', async () => {
    const year = String(now.getUTCFullYear());
    const userId = await mentor(service.db, {
      chapterId,
      activities: Array.from({ length: 100 }, () => `${year}-01-01`),
    });
    const { scenarios } = await report({ userId, scenarioTypes: ['milestone'] });
    const keys = scenarios['milestone']!.notifications.map((each) => each.idempotency_key);
    const sent = service.db
      .selectFrom('scenario_notifications')
      .select(['idempotency_key', 'milestone_value'])
      .where('user_id', '=', userId);
    expect(await sent.orderBy('created_at').execute()).toEqual([
      { idempotency_key: keys[0], milestone_value: 50 },
      { idempotency_key: keys[1], milestone_value: 100 },
    ]);
  });

  test('while another is at the same notification leaves it to that one', async () => {
    const userId = await mentor(service.db, { chapterId });
    const reached = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    before = () => {
      reached.resolve();
      return open.promise;
    };
    const first = await begin({ userId, scenarioTypes: ['inactivity'] });
    await reached.promise;
    const second = await report({ userId, scenarioTypes: ['inactivity'] });
    open.resolve();
    expect(second.scenarios).toMatchObject({ inactivity: { notifications: [{ status: 'handled' }] } });
    expect((await first.result()).scenarios).toMatchObject({ inactivity: { notifications: [{ status: 'sent' }] } });
  });

  test('outside of the mentor’s hours is deferred to them', async () => {
    const later = await chapter(service.db, { timezone: 'UTC' });
    const [from, until] = [2, 3].map((hours) => new Date(Date.now() + hours * HOUR).toISOString().slice(11, 19));
    await service.pool.query('insert into delivery_policies (chapter_id, send_from, send_until) values ($1, $2, $3)', [
      later,
      from,
      until,
    ]);
    const userId = await mentor(service.db, { chapterId: later });
    expect((await report({ userId, scenarioTypes: ['inactivity'] })).scenarios).toMatchObject({
      inactivity: { verdict: 'due', notifications: [{ status: 'deferred', reason: null }] },
    });
  });

  test.each([
    ['inactive_user', { status: 'inactive' }],
    ['not_a_peer_mentor', { role: 'coordinator' }],
    ['no_chapter', { chapterId: null }],
  ] as const)('of somebody who is not evaluated says %s', async (reason, values) => {
    const userId = await mentor(service.db, { chapterId, ...values });
    expect((await report({ userId, scenarioTypes: ['inactivity'] })).scenarios).toMatchObject({
      inactivity: { verdict: 'off', reason, notifications: [] },
    });
  });
});

describe('an event that cannot be right fails, once and in words', () => {
  test.each<[string, unknown]>([
    ['expected an object with userId, scenarioTypes, got null', null],
    ['userId: expected a UUID in lower case, got "kari"', { userId: 'kari' }],
    ['user_id: unknown, expected some of userId, scenarioTypes. Did you mean "userId"?', { user_id: randomUUID() }],
    ['scenarioTypes: expected a list', { userId: randomUUID(), scenarioTypes: 'inactivity' }],
  ])('%s', async (words, input) => {
    await expect((await begin(input)).result()).rejects.toMatchObject({
      cause: { type: 'E_WORKFLOW_INPUT', nonRetryable: true, message: expect.stringContaining(words) },
    });
  });

  test.each<[string, string, MentorEvent]>([
    ['E_MENTOR_UNKNOWN', 'userId: there is no user', { userId: randomUUID() }],
    ['E_SCENARIO_TYPE', 'Did you mean', { userId: randomUUID(), scenarioTypes: ['milestones'] }],
  ])('%s', async (type, words, input) => {
    await expect((await begin(input)).result()).rejects.toMatchObject({
      cause: { cause: { type, nonRetryable: true, message: expect.stringContaining(words) } },
    });
  });
});
