import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findingsAbout } from '../../db/explain.ts';
import { chapter, mentor, record, rule } from '../support/factories.ts';
import { asOf, noonOf, startScenario, type ScenarioUnderTest } from './scenario-under-test.ts';

let scenario: ScenarioUnderTest;
beforeAll(async () => {
  scenario = await startScenario('certification_expiry');
});
afterAll(() => scenario.stop());

async function certificate(userId: string, expiresOn: string, type = 'Veileder'): Promise<string> {
  const { id } = await scenario.db
    .insertInto('certifications')
    .values({ user_id: userId, certification_type: type, expires_on: expiresOn })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
async function holderOf(...expiries: string[]): Promise<{ id: string; certificates: string[] }> {
  const id = await mentor(scenario.db, { locale: 'en' });
  const certificates = [];
  for (const expiry of expiries) certificates.push(await certificate(id, expiry, `Type of ${expiry}`));
  return { id, certificates };
}
const toldOf = (userId: string, occurrence: string) =>
  record(scenario.db, userId, 'certification_expiry', noonOf('2026-10-01'), { occurrence });
/** `[expiry, lead]` of each candidate. */
const leads = async (userId: string, at = asOf) =>
  (await scenario.candidates(userId, at)).map((row) => row.occurrence.split(':').slice(1));

describe('leads of 60, 30 and 7 days', () => {
  test.each([
    ['2027-01-20', 61, []],
    ['2027-01-19', 60, ['60']],
    ['2026-12-21', 31, ['60']],
    ['2026-12-20', 30, ['30']],
    ['2026-11-28', 8, ['30']],
    ['2026-11-27', 7, ['7']],
    ['2026-11-25', 5, ['7']],
    ['2026-11-20', 0, ['7']],
    ['2026-11-19', -1, []],
    ['infinity', Infinity, []],
    ['-infinity', -Infinity, []],
  ])('expires %s (%d days left): leads %j', async (expiry, _, expected) => {
    const { id } = await holderOf(expiry);
    expect((await leads(id)).map(([, lead]) => lead)).toEqual(expected);
  });

  test('the text names certificate, days and date', async () => {
    const { id } = await holderOf('2026-11-25');
    expect(await scenario.evaluate(id)).toMatchObject({ status: 'sent' });
    expect(await scenario.delivered(id)).toMatchObject([
      { body: 'Type of 2026-11-25 expires in 5 days, on 25 November 2026. Please ask your coordinator about renewal.' },
    ]);
  });
});

describe('what was told before', () => {
  test.each([
    ['60', true],
    ['30', false],
    ['7', false],
    ['0', false],
    ['31', true],
  ])('a record of lead %s: 30 days before the end, due is %s', async (lead, due) => {
    const {
      id,
      certificates: [held],
    } = await holderOf('2026-12-20');
    await toldOf(id, `${held}:2026-12-20:${lead}`);
    expect(await leads(id)).toEqual(due ? [['2026-12-20', '30']] : []);
  });
  test('of another expiry date does not count: a certificate renewed in place starts anew', async () => {
    const {
      id,
      certificates: [held],
    } = await holderOf('2026-12-20');
    await toldOf(id, `${held}:2025-12-20:7`);
    expect(await leads(id)).toEqual([['2026-12-20', '30']]);
  });
  test('of another certificate does not count', async () => {
    const { id } = await holderOf('2026-12-20');
    const other = await holderOf('2026-12-20');
    await toldOf(id, `${other.certificates[0]}:2026-12-20:7`);
    expect(await leads(id)).toEqual([['2026-12-20', '30']]);
  });
  test.each(['', 'x', '-1', '7.5', '99999999999', '7:7', ' 7'])(
    'a record whose lead reads "%s" is no error and counts for nothing',
    async (lead) => {
      const {
        id,
        certificates: [held],
      } = await holderOf('2026-12-20');
      await toldOf(id, `${held}:2026-12-20:${lead}`);
      expect(await leads(id)).toEqual([['2026-12-20', '30']]);
    },
  );
});

describe('renewal', () => {
  test('a later certificate of the same type silences the earlier one', async () => {
    const id = await mentor(scenario.db);
    await certificate(id, '2026-11-25');
    await certificate(id, '2027-01-19');
    expect(await leads(id)).toEqual([['2027-01-19', '60']]);
    await certificate(id, '2029-01-19');
    expect(await leads(id)).toEqual([]);
  });
  test('one of the same day does not: both are told', async () => {
    const id = await mentor(scenario.db);
    await certificate(id, '2026-11-25');
    await certificate(id, '2026-11-25');
    expect(await leads(id)).toEqual([
      ['2026-11-25', '7'],
      ['2026-11-25', '7'],
    ]);
  });
  test("one of another type, or another mentor's, does not", async () => {
    const id = await mentor(scenario.db);
    await certificate(id, '2026-11-25', 'Veileder');
    await certificate(id, '2029-11-25', 'Kursholder');
    await certificate(await mentor(scenario.db), '2029-11-25', 'Veileder');
    expect(await leads(id)).toEqual([['2026-11-25', '7']]);
  });
  test('one without an end silences it for good', async () => {
    const id = await mentor(scenario.db);
    await certificate(id, '2026-11-25');
    await certificate(id, 'infinity');
    expect(await leads(id)).toEqual([]);
  });
});

test('several certificates are told in the order in which they expire', async () => {
  const { id } = await holderOf('2027-01-10', '2026-11-22', '2026-12-15');
  await scenario.evaluate(id);
  expect((await scenario.delivered(id)).map(({ body }) => body.slice(8, 18))).toEqual([
    '2026-11-22',
    '2026-12-15',
    '2027-01-10',
  ]);
});

test('a certificate is told 60, 30 and 7 days before its end, once each, by a daily schedule', async () => {
  const { id } = await holderOf('2026-12-20');
  const sent: string[] = [];
  for (let at = noonOf('2026-10-15'); at < noonOf('2026-12-25'); at = new Date(at.getTime() + 86_400_000)) {
    if ((await scenario.evaluate(id, at)).status === 'sent') sent.push(at.toISOString().slice(0, 10));
  }
  expect(sent).toEqual(['2026-10-21', '2026-11-20', '2026-12-13']);
});

test('leads in any order, written as 30.0, of no day and of the largest number are no error', async () => {
  const chapterId = await chapter(scenario.db);
  const made = await rule(scenario.db, { scenarioType: 'certification_expiry', chapterId });
  await scenario.pool.query(
    `update scenario_rules set parameters = '{"lead_days": [30.0, 2147483647, 0]}' where id = $1`,
    [made],
  );
  const id = await mentor(scenario.db, { chapterId });
  await certificate(id, '2026-11-20', 'a');
  await certificate(id, '2026-12-20', 'b');
  await certificate(id, '2226-12-20', 'c');
  const found = await leads(id);
  expect(found.map(([date, lead]) => `${date} ${lead}`).sort()).toEqual([
    '2026-11-20 0',
    '2026-12-20 30',
    '2226-12-20 2147483647',
  ]);
});

describe('a mentor with very many certificates', () => {
  const many = async (count: number, first = '2026-11-21') => {
    const id = await mentor(scenario.db);
    await scenario.pool.query(
      `insert into certifications (user_id, certification_type, expires_on)
       select $1, 'Type ' || n, $2::date + (n % 5000) / 1000 from generate_series(0, $3::int - 1) n`,
      [id, first, count],
    );
    return id;
  };

  test('is told of the 50 that run out next', async () => {
    expect(await scenario.candidates(await many(50))).toHaveLength(50);
    const id = await many(50, '2026-11-25');
    const last = await certificate(id, '2026-11-26', 'The last');
    const told = (await scenario.candidates(id)).map((row) => row.occurrence.split(':')[0]);
    expect(told).toHaveLength(50);
    expect(told).not.toContain(last);
    await certificate(id, '2026-11-19', 'Over: it does not count');
    const sooner = await certificate(id, '2026-11-24', 'Sooner than the others');
    const now = (await scenario.candidates(id)).map((row) => row.occurrence.split(':')[0]);
    expect(now).toHaveLength(50);
    expect(now).toContain(sooner);
  });

  test('and is told in words of what is left out', async () => {
    const id = await many(51);
    const findings = await findingsAbout(scenario.db, id, ['certification_expiry'], asOf);
    const leftOut = findings!.get('certification_expiry')!.potential.filter((row) => 'left_out' in row.facts);
    expect(leftOut).toMatchObject([{ due: false, due_at: null, facts: { left_out: '50 others expire before it' } }]);
  });

  test('costs others little: ten times as many certificates do not cost a hundred times as much', async () => {
    const taken = async (count: number) => {
      const id = await many(count);
      const began = performance.now();
      expect(await scenario.candidates(id)).toHaveLength(50);
      return performance.now() - began;
    };
    // 13.6 s for 10,000 when each was counted against each.
    expect(await taken(10_000)).toBeLessThan(50 * (await taken(1_000)));
  });
});
