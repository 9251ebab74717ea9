import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chapter, mentor, record, rule } from '../support/factories.ts';
import { asOf, noonOf, startScenario, type ScenarioUnderTest } from './scenario-under-test.ts';

let scenario: ScenarioUnderTest;
beforeAll(async () => {
  scenario = await startScenario('welcome_back');
});
afterAll(() => scenario.stop());

const active = (...activities: string[]) => mentor(scenario.db, { activities });
const returns = async (id: string, at = asOf) => (await scenario.candidates(id, at)).map((row) => row.occurrence);

describe('a gap of 30 days, a return of the last 7', () => {
  test('a return still counts when more activities followed it', async () => {
    expect(await returns(await active('2026-10-14', '2026-11-13', '2026-11-19'))).toEqual(['2026-11-13']);
  });
  test('and is over the day after', async () => {
    expect(await returns(await active('2026-10-14', '2026-11-13', '2026-11-19'), noonOf('2026-11-21'))).toEqual([]);
  });
  test('29 days are no gap', async () => {
    expect(await returns(await active('2026-10-15', '2026-11-13'))).toEqual([]);
  });
  test('today counts, tomorrow does not', async () => {
    expect(await returns(await active('2026-08-01', '2026-11-20'))).toEqual(['2026-11-20']);
    expect(await returns(await active('2026-08-01', '2026-11-21'))).toEqual([]);
  });
  test('a first activity ever is not a return', async () => {
    expect(await returns(await active('2026-11-18'))).toEqual([]);
    expect(await returns(await active('-infinity', '2026-11-18'))).toEqual([]);
  });
  test('two activities on the day of the return are one return', async () => {
    expect(await returns(await active('2026-08-01', '2026-11-18', '2026-11-18'))).toEqual(['2026-11-18']);
  });
  test('a return that has been told is not told again, an earlier one neither', async () => {
    const chapterId = await chapter(scenario.db);
    await rule(scenario.db, { scenarioType: 'welcome_back', chapterId, parameters: { gap_days: 2, recent_days: 7 } });
    const id = await mentor(scenario.db, { chapterId, activities: ['2026-11-10', '2026-11-15', '2026-11-19'] });
    expect(await returns(id)).toEqual(['2026-11-19']);
    await record(scenario.db, id, 'welcome_back', noonOf('2026-11-19'), { occurrence: '2026-11-19' });
    expect(await returns(id)).toEqual([]);
  });
  test('a record of an earlier return does not stop a later one', async () => {
    const id = await active('2026-08-01', '2026-11-18');
    await record(scenario.db, id, 'welcome_back', noonOf('2026-08-01'), { occurrence: '2026-08-01' });
    expect(await returns(id)).toEqual(['2026-11-18']);
  });
});

test('with recent_days 0 only a return of today counts', async () => {
  const chapterId = await chapter(scenario.db);
  await rule(scenario.db, { scenarioType: 'welcome_back', chapterId, parameters: { recent_days: 0 } });
  expect(await returns(await mentor(scenario.db, { chapterId, activities: ['2026-08-01', '2026-11-20'] }))).toEqual([
    '2026-11-20',
  ]);
  expect(await returns(await mentor(scenario.db, { chapterId, activities: ['2026-08-01', '2026-11-19'] }))).toEqual([]);
});

test('the longest spans that a rule can name are no error', async () => {
  const chapterId = await chapter(scenario.db);
  const longest = await rule(scenario.db, {
    scenarioType: 'welcome_back',
    chapterId,
    parameters: { recent_days: 2147483647 },
  });
  const id = await mentor(scenario.db, { chapterId, activities: ['1950-01-01', '1990-01-01'] });
  expect(await returns(id)).toEqual(['1990-01-01']);
  await scenario.pool.query(`update scenario_rules set parameters = '{"gap_days": 2147483647}' where id = $1`, [
    longest,
  ]);
  expect(await returns(id)).toEqual([]);
});

test('she is greeted once for a return, by a daily schedule', async () => {
  const id = await active('2026-10-14', '2026-11-13', '2026-11-19');
  const sent = [];
  for (const date of ['2026-11-13', '2026-11-14', '2026-11-15', '2026-11-20'])
    sent.push((await scenario.evaluate(id, noonOf(date))).status);
  expect(sent).toEqual(['sent', 'not_due', 'not_due', 'not_due']);
  expect(await scenario.delivered(id)).toHaveLength(1);
});

test('thirty evaluators at once greet her once', async () => {
  const id = await active('2026-10-14', '2026-11-13');
  await Promise.all(Array.from({ length: 30 }, () => scenario.evaluate(id)));
  expect(await scenario.delivered(id)).toHaveLength(1);
});
