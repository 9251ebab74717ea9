import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accountOf } from '../../answers/account.ts';
import { explainScenario } from '../../answers/explanation.ts';
import { findingsAbout } from '../../db/explain.ts';
import { sentencesAbout } from '../../domain/explanation/sentences.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, mentor, organization, record, rule } from '../support/factories.ts';
import { asOf } from './scenario-under-test.ts';

const SENDING = { halt: null, closed: [], notSettled: null };
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** What is said of the facts that the SELECT finds, with nobody to ask about Schedules. */
async function said(id: string, scenarioType: ScenarioType): Promise<string> {
  const found = (await findingsAbout(database.worker.db, id, [scenarioType], asOf))!.get(scenarioType)!;
  const explanation = explainScenario(id, scenarioType, found, SENDING, [], asOf);
  return sentencesAbout(accountOf(explanation, found, { asOf, next: null, halt: null }), 'en').join(' ');
}

/** In a chapter with a rule of its own. */
async function under(scenarioType: ScenarioType, parameters: Record<string, unknown>, startsOn: string | null = null) {
  const chapterId = await chapter(database.db);
  const id = await rule(database.db, { scenarioType, chapterId, parameters });
  await database.db.updateTable('scenario_rules').set({ starts_on: startsOn }).where('id', '=', id).execute();
  return chapterId;
}

const person = (activities: readonly string[], chapterId?: string) =>
  mentor(database.db, { activities, ...(chapterId && { chapterId }) });

describe('inactivity', () => {
  test('counts from the last activity, or from joining', async () => {
    expect(await said(await person([daysBefore(asOf, 13)]), 'inactivity')).toBe(
      'Not told: last active 13 days ago, the default rule waits for 30; next on 7 December.',
    );
    expect(await said(await mentor(database.db, { createdAt: '2026-11-19T12:00:00Z' }), 'inactivity')).toBe(
      'Not told: joined 1 day ago and not active since, the default rule waits for 30; next on 19 December.',
    );
  });

  test('is due', async () => {
    expect(await said(await person([daysBefore(asOf, 30)]), 'inactivity')).toBe(
      'Due: last active 30 days ago, the default rule waits for 30; told by the next evaluation.',
    );
  });

  test('arose before its rule', async () => {
    const chapterId = await under('inactivity', {}, '2026-11-20');
    expect(await said(await person([daysBefore(asOf, 31)], chapterId), 'inactivity')).toBe(
      "Not told: last active 31 days ago; their chapter's rule counts only what arises from 20 November on; next when they have been active again.",
    );
  });
});

describe('milestone', () => {
  const sessions = (n: number) => Array.from({ length: n }, () => '2026-03-01');

  test('names what is reached, and what comes next', async () => {
    const chapterId = await under('milestone', { thresholds: [2, 3, 5] });
    expect(await said(await person(sessions(3), chapterId), 'milestone')).toBe(
      'Due: 3 sessions in 2026; 2 and 3 have been reached; told by the next evaluation.',
    );
    const told = await person(sessions(2), chapterId);
    const milestone = { milestone: { year: 2026, value: 2 }, occurrence: '2026:2' };
    await record(database.db, told, 'milestone', new Date('2026-03-02T09:00:00Z'), milestone);
    expect(await said(told, 'milestone')).toBe(
      "Not told: 2 sessions in 2026, the next milestone of their chapter's rule is 3; next when they have held 3 sessions.",
    );
  });

  test('arose before its rule', async () => {
    const chapterId = await under('milestone', { thresholds: [2] }, '2026-11-20');
    expect(await said(await person(sessions(2), chapterId), 'milestone')).toBe(
      "Not told: 2 sessions in 2026; their chapter's rule counts only what arises from 20 November on; next when a new year has its first milestone.",
    );
  });
});

describe('certification_expiry', () => {
  const certificates = async (chapterId: string | undefined, ...expiresOn: string[]) => {
    const id = await person([], chapterId);
    for (const expires_on of expiresOn) {
      await database.db
        .insertInto('certifications')
        .values({ user_id: id, certification_type: `Course of ${expires_on}`, expires_on })
        .execute();
    }
    return id;
  };

  test('speaks of the certificate that is due, else of the next', async () => {
    expect(await said(await certificates(undefined, '2027-07-01', '2026-12-20'), 'certification_expiry')).toBe(
      'Due: Course of 2026-12-20 expires on 20 December, in 30 days; the default rule notifies 60, 30 and 7 days before; told by the next evaluation.',
    );
    expect(await said(await certificates(undefined, '2027-07-01', '2027-03-01'), 'certification_expiry')).toBe(
      'Not told: Course of 2027-03-01 expires on 1 March 2027, in 101 days; the default rule notifies 60, 30 and 7 days before; next on 31 December.',
    );
  });

  test('without one, says so', async () => {
    expect(await said(await certificates(undefined), 'certification_expiry')).toBe(
      'Not told: they hold no certificate that has yet to expire; next when they have one.',
    );
    expect(await said(await certificates(undefined, 'infinity'), 'certification_expiry')).toBe(
      'Not told: Course of infinity never expires; next when they have another certificate.',
    );
  });

  test('arose before its rule', async () => {
    const chapterId = await under('certification_expiry', { lead_days: [30] }, '2026-11-20');
    expect(await said(await certificates(chapterId, '2026-12-19'), 'certification_expiry')).toBe(
      "Not told: Course of 2026-12-19 expires on 19 December, in 29 days; their chapter's rule counts only what arises from 20 November on; next when they have another certificate.",
    );
  });
});

describe('welcome_back', () => {
  const back = ['2026-09-01', '2026-11-18'];

  test('is due, told, or nothing of the kind', async () => {
    expect(await said(await person(back), 'welcome_back')).toBe(
      'Due: back on 18 November after 78 days; told by the next evaluation.',
    );
    const told = await person(back);
    await record(database.db, told, 'welcome_back', new Date('2026-11-20T09:00:00Z'), { occurrence: '2026-11-18' });
    expect(await said(told, 'welcome_back')).toBe(
      'Told today at 10:00 in Oslo; next when they come back from another break of 30 days or more, and not before 20 December, 10:00 in Oslo.',
    );
    expect(await said(await person(['2026-11-18']), 'welcome_back')).toBe(
      'Not told: no return in the last 7 days from a break of 30 days or more; next when they come back from a break of 30 days or more.',
    );
  });

  test('arose before its rule', async () => {
    const chapterId = await under('welcome_back', {}, '2026-11-20');
    expect(await said(await person(back, chapterId), 'welcome_back')).toBe(
      "Not told: back on 18 November after 78 days; their chapter's rule counts only what arises from 20 November on; next when they come back from another break of 30 days or more.",
    );
  });
});

describe('nobody is evaluated', () => {
  test('who is no peer mentor, or in no chapter', async () => {
    expect(await said(await mentor(database.db, { role: 'coordinator' }), 'inactivity')).toBe(
      'Not told: they are no peer mentor.',
    );
    expect(await said(await mentor(database.db, { chapterId: null }), 'inactivity')).toBe(
      'Not told: they are in no chapter.',
    );
  });

  test('whose organisation has no timezone that exists, or whose rule cannot be read or is off', async () => {
    const nowhere = await chapter(database.db, { timezone: 'Mars/Phobos' });
    expect(await said(await person([], nowhere), 'inactivity')).toMatch(/timezone does not exist\.$/);
    const organizationId = await organization(database.db);
    const chapterId = await chapter(database.db, { organizationId });
    await rule(database.db, { scenarioType: 'inactivity', organizationId, enabled: false });
    expect(await said(await person([], chapterId), 'inactivity')).toBe(
      "Not told: their organisation's rule switches it off.",
    );
  });
});
