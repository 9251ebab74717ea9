import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ClaimRequest } from '../../db/evaluation-request.ts';
import { recentlySetAside } from '../../db/set-aside.ts';
import { chapter, daysBefore, mentor, organization, rule } from '../support/factories.ts';
import { startService, type TestService } from '../support/service.ts';
import { claimRequest } from './claiming.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: TestService;

beforeAll(async () => {
  service = await startService(asOf);
  // A table of ten rows would be read as a whole, also by who asks for one of them.
  const { rows } = await service.pool.query('select current_database() as name');
  await service.pool.query(`alter database ${rows[0].name} set enable_seqscan = off`);
  await service.pool.query(
    'create function public.fails() returns boolean language plpgsql as $$ begin raise division_by_zero; end $$',
  );
});
afterAll(() => service.stop());
beforeEach(async () => {
  await onReading('true');
  await service.pool.query('truncate scenario_claims, evaluation_batches, logged_skips, sweep_budgets cascade');
  for (const table of ['users', 'chapters', 'organizations']) await service.pool.query(`delete from ${table}`);
});

/** What happens when the worker reads a row of activities: the policy that lets it through says `expression`. */
async function onReading(expression: string): Promise<void> {
  await service.pool.query(`alter policy "scenario-push worker reads" on activities using (${expression})`);
}
const fails = (where: string) => `case when ${where} then public.fails() else true end`;
const sleeps = (where: string) => `case when ${where} then (select true from pg_sleep(60)) else true end`;

async function mentors(n: number, values: Parameters<typeof mentor>[1] = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < n; i++) ids.push(await mentor(service.db, { activities: [daysBefore(asOf, 31)], ...values }));
  return ids;
}

async function evaluate(values: Partial<ClaimRequest> = {}) {
  const request = claimRequest(asOf, values);
  const evaluation = await service.repository.evaluateAndClaim(request);
  const claimed = await service.db
    .selectFrom('scenario_claims')
    .select('user_id')
    .where('batch_key', '=', request.batchKey)
    .execute();
  return { setAside: [], ...evaluation, request, users: claimed.map((row) => row.user_id).sort() };
}
const among = (ids: readonly string[]) => `user_id in (${ids.map((id) => `'${id}'`).join(', ')})`;

test('a batch that nothing is wrong with sets nobody aside', async () => {
  const ids = await mentors(3);
  expect(await evaluate()).toMatchObject({ claimed: 3, mentors_misconfigured: 0, setAside: [], users: ids.sort() });
});

describe('a mentor whose row makes the statement fail', () => {
  test('stands aside alone, and everybody else is claimed, once and with the counts of one statement', async () => {
    const ids = await mentors(9, { chapterId: await chapter(service.db) });
    const [culprit] = ids;
    await onReading(fails(among([culprit!])));
    const { request, ...evaluation } = await evaluate();
    expect(evaluation).toMatchObject({
      isNew: true,
      mentors_evaluated: 8,
      mentors_misconfigured: 1,
      candidates: 8,
      claimed: 8,
      users: ids.slice(1).sort(),
      setAside: [{ user_id: culprit, sqlstate: '22012' }],
    });
    // Whoever asks again finds the same.
    expect(await service.repository.evaluateAndClaim(request)).toMatchObject({
      isNew: false,
      mentors_evaluated: 8,
      mentors_misconfigured: 1,
      claimed: 8,
      suppressed: {},
    });
  });

  test.each([
    ['of the type', { scenarioType: 'inactivity' }, 1],
    ['of another type', { scenarioType: 'milestone' }, 0],
    ['since later', { since: new Date(asOf.getTime() + 1) }, 0],
  ] as const)('is found by explain and doctor, but not by those who ask %s', async (_, which, n) => {
    const ids = await mentors(3);
    await onReading(fails(among(ids.slice(0, 1))));
    await evaluate();
    const since = 'since' in which ? which.since : asOf;
    const scenarioType = 'scenarioType' in which ? which.scenarioType : null;
    const found = await recentlySetAside(service.worker.db, { since, userId: ids[0]!, scenarioType });
    expect(found).toHaveLength(n);
    expect(await recentlySetAside(service.worker.db, { since, userId: ids[1]!, scenarioType })).toEqual([]);
  });

  test('leaves the budget of the sweep to the others', async () => {
    const ids = await mentors(6);
    await onReading(fails(among(ids.slice(0, 1))));
    const budget = { sweepKey: 'sweep', allowance: 3 };
    expect(await evaluate({ budget })).toMatchObject({ candidates: 5, claimed: 3, suppressed: { limit: 2 } });
  });

  test('in each of several chapters with rules of their own, all of them stand aside', async () => {
    const organizationId = await organization(service.db);
    const own = await chapter(service.db, { organizationId });
    await rule(service.db, { scenarioType: 'inactivity', organizationId, cooldownMinutes: 20_160 });
    await rule(service.db, { scenarioType: 'inactivity', chapterId: own, cooldownMinutes: 0 });
    const theirs = await mentors(4, { chapterId: await chapter(service.db, { organizationId }) });
    const ours = await mentors(4, { chapterId: own });
    const others = await mentors(4);
    const culprits = [theirs[0]!, ours[1]!, others[2]!];
    await onReading(fails(among(culprits)));
    const { setAside, ...evaluation } = await evaluate();
    expect(evaluation).toMatchObject({ mentors_evaluated: 9, mentors_misconfigured: 3, claimed: 9 });
    expect(setAside.map((one) => one.user_id).sort()).toEqual(culprits.sort());
    expect(new Set(setAside.map((one) => one.scenario_rule_id)).size).toBe(3);
  });

  test('thirty of them under one rule take the rule out, and nobody else', async () => {
    const bad = await chapter(service.db);
    const ruleId = await rule(service.db, { scenarioType: 'inactivity', chapterId: bad });
    const culprits = await mentors(30, { chapterId: bad });
    const others = await mentors(5);
    await onReading(fails(among(culprits)));
    const { setAside, ...evaluation } = await evaluate();
    expect(evaluation).toMatchObject({
      mentors_evaluated: 5,
      mentors_misconfigured: 30,
      claimed: 5,
      users: others.sort(),
    });
    expect(setAside.filter((one) => one.user_id === null)).toMatchObject([{ scenario_rule_id: ruleId }]);
    const asked = { since: asOf, userId: culprits[0]!, scenarioType: null };
    expect((await recentlySetAside(service.worker.db, asked)).length).toBeGreaterThan(0);
  });
});

test('a mentor who takes a minute costs the batch seconds, and stands aside alone', async () => {
  const ids = await mentors(5, { chapterId: await chapter(service.db) });
  await onReading(sleeps(among(ids.slice(2, 3))));
  const began = performance.now();
  const evaluation = await evaluate();
  expect(performance.now() - began).toBeLessThan(60_000);
  expect(evaluation).toMatchObject({
    mentors_evaluated: 4,
    mentors_misconfigured: 1,
    claimed: 4,
    setAside: [{ user_id: ids[2], sqlstate: '57014' }],
  });
}, 120_000);

test('what fails with nobody to evaluate sets nobody aside: the batch is tried again', async () => {
  await mentors(2);
  const onChapters = (expression: string) =>
    service.pool.query(`alter policy "scenario-push worker reads" on chapters using (${expression})`);
  await onChapters('public.fails()');
  try {
    await expect(evaluate()).rejects.toMatchObject({ sqlState: '22012' });
    expect(await service.db.selectFrom('evaluation_batches').select('batch_key').execute()).toEqual([]);
  } finally {
    await onChapters('true');
  }
  expect(await evaluate()).toMatchObject({ claimed: 2, setAside: [] });
});
