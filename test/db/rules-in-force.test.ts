import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { MINUTE } from '../../domain/durations.ts';
import { rangeOfMentor } from '../../domain/mentor-range.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, mentor, organization, record, rule } from '../support/factories.ts';
import { claimRequest, claimsOf } from './claiming.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let database: TestDatabase;
let repository: ScenarioRepository;

beforeAll(async () => {
  database = await createDatabase();
  repository = new ScenarioRepository(database.worker.db);
});
afterAll(() => database.drop());

/** A mentor in a chapter of an organisation of her own, with the rules that are given for inactivity. */
async function mentorUnder(rules: { organization?: RuleValues; chapter?: RuleValues }, idleDays = 40) {
  const organizationId = await organization(database.db);
  const chapterId = await chapter(database.db, { organizationId });
  const ids = {
    organization:
      rules.organization &&
      (await rule(database.db, { scenarioType: 'inactivity', organizationId, ...rules.organization })),
    chapter: rules.chapter && (await rule(database.db, { scenarioType: 'inactivity', chapterId, ...rules.chapter })),
  };
  return {
    id: await mentor(database.db, { chapterId, activities: [daysBefore(asOf, idleDays)] }),
    ids,
    organizationId,
    chapterId,
  };
}
type RuleValues = Omit<Parameters<typeof rule>[1], 'scenarioType' | 'organizationId' | 'chapterId'>;

const evaluate = (id: string) => repository.evaluateAndClaim(claimRequest(asOf, { range: rangeOfMentor(id) }));
const ruleOf = async (id: string) => (await claimsOf(database.db, id))[0]?.scenario_rule_id;

describe('the rule in force', () => {
  test('is the default where there is no other', async () => {
    const { id } = await mentorUnder({});
    await evaluate(id);
    const { id: byDefault } = await database.db
      .selectFrom('scenario_rules')
      .select('id')
      .where('scenario_type', '=', 'inactivity')
      .where('organization_id', 'is', null)
      .where('chapter_id', 'is', null)
      .executeTakeFirstOrThrow();
    expect(await ruleOf(id)).toBe(byDefault);
  });

  test("is the organisation's rather than the default", async () => {
    const { id, ids } = await mentorUnder({ organization: {} });
    await evaluate(id);
    expect(await ruleOf(id)).toBe(ids.organization);
  });

  test("is the chapter's rather than the organisation's", async () => {
    const { id, ids } = await mentorUnder({ organization: {}, chapter: {} });
    await evaluate(id);
    expect(await ruleOf(id)).toBe(ids.chapter);
  });

  test("is not another chapter's of the same organisation, nor one for another type", async () => {
    const { id, ids, organizationId, chapterId } = await mentorUnder({ organization: {} });
    await rule(database.db, {
      scenarioType: 'inactivity',
      chapterId: await chapter(database.db, { organizationId }),
      enabled: false,
    });
    await rule(database.db, { scenarioType: 'welcome_back', chapterId, enabled: false });
    await evaluate(id);
    expect(await ruleOf(id)).toBe(ids.organization);
  });

  test.each([
    [
      "a chapter's that is disabled, whatever the organisation's says",
      { organization: {}, chapter: { enabled: false } },
    ],
    ["an organisation's that is disabled", { organization: { enabled: false } }],
  ])('switches the scenario off when it is %s', async (_, rules) => {
    const { id } = await mentorUnder(rules);
    expect(await evaluate(id)).toEqual({
      isNew: true,
      mentors_evaluated: 0,
      mentors_misconfigured: 0,
      candidates: 0,
      suppressed: {},
      claimed: 0,
    });
  });

  test("switches it on again for a chapter when the organisation's is disabled", async () => {
    const { id } = await mentorUnder({ organization: { enabled: false }, chapter: {} });
    expect(await evaluate(id)).toMatchObject({ mentors_evaluated: 1, claimed: 1 });
  });

  test('is not merged: what a chapter leaves out has its default, not what its organisation says', async () => {
    const organizationRule = { parameters: { inactive_days: 5 } };
    const { id } = await mentorUnder(
      { organization: organizationRule, chapter: { parameters: { max_reminders: null } } },
      29,
    );
    expect(await evaluate(id)).toMatchObject({ candidates: 0 });
    const { id: inOther } = await mentorUnder({ organization: organizationRule }, 29);
    expect(await evaluate(inOther)).toMatchObject({ claimed: 1 });
  });

  test('brings its own cooldown', async () => {
    const { id: cooling } = await mentorUnder({
      organization: { cooldownMinutes: 0 },
      chapter: { cooldownMinutes: 60 },
    });
    await record(database.db, cooling, 'inactivity', new Date(asOf.getTime() - 59 * MINUTE));
    expect(await evaluate(cooling)).toMatchObject({ suppressed: { cooldown: 1 } });
    const { id: over } = await mentorUnder({
      organization: { cooldownMinutes: 120 },
      chapter: { cooldownMinutes: 60 },
    });
    await record(database.db, over, 'inactivity', new Date(asOf.getTime() - 60 * MINUTE));
    expect(await evaluate(over)).toMatchObject({ claimed: 1 });
  });

  test('reaches no mentor who is inactive, without a chapter, or not a peer mentor', async () => {
    for (const values of [{ status: 'inactive' }, { chapterId: null }, { role: 'coordinator' }] as const) {
      expect(await evaluate(await mentor(database.db, values))).toMatchObject({ mentors_evaluated: 0, candidates: 0 });
    }
  });
});

// From here on the database lacks the check that keeps such rules out.
describe('what cannot be read', () => {
  beforeAll(() => database.pool.query('alter table scenario_rules drop constraint scenario_rules_parameters_check'));

  test.each([
    [{ inactive_days: 'thirty' }],
    [{ inactive_days: 0 }],
    [{ inactive_days: 2.5 }],
    [{ inactive_days: null }],
    [{ inactive_days: 1e12 }],
    [{ inactive_dayz: 30 }],
    [{ max_reminders: [] }],
    [[30]],
    [true],
    ['30'],
  ])('parameters %j stop the mentors of their chapter and nobody else', async (parameters) => {
    const { id: stopped } = await mentorUnder({ chapter: { parameters: parameters as Record<string, unknown> } });
    const { id: other } = await mentorUnder({});
    expect(await evaluate(stopped)).toEqual({
      isNew: true,
      mentors_evaluated: 0,
      mentors_misconfigured: 1,
      candidates: 0,
      suppressed: {},
      claimed: 0,
    });
    expect(await evaluate(other)).toMatchObject({ mentors_evaluated: 1, mentors_misconfigured: 0, claimed: 1 });
    const together = await repository.evaluateAndClaim(claimRequest(new Date(asOf.getTime() + MINUTE)));
    expect(together.mentors_misconfigured).toBeGreaterThan(0);
    expect(together.mentors_evaluated).toBeGreaterThan(0);
  });

  test('a rule that cannot be read and is disabled is simply off', async () => {
    const { id } = await mentorUnder({ chapter: { enabled: false, parameters: { inactive_days: 'x' } } });
    expect(await evaluate(id)).toMatchObject({ mentors_evaluated: 0, mentors_misconfigured: 0 });
  });

  test.each(['Europe/Olso', ' ', 'Mars/Phobos'])(
    'a timezone "%s" stops the mentors of its organisation and nobody else',
    async (timezone) => {
      const stopped = await mentor(database.db, { chapterId: await chapter(database.db, { timezone }) });
      const other = await mentor(database.db, { chapterId: await chapter(database.db, { timezone: 'Asia/Tokyo' }) });
      expect(await evaluate(stopped)).toMatchObject({ mentors_evaluated: 0, mentors_misconfigured: 1, claimed: 0 });
      expect(await evaluate(other)).toMatchObject({ mentors_evaluated: 1, mentors_misconfigured: 0, claimed: 1 });
    },
  );
});

describe("an organisation's timezone", () => {
  const evening = new Date('2026-11-20T23:30:00Z');
  test.each([
    ['Europe/Oslo', '2026-11-21'],
    ['UTC', '2026-11-20'],
    ['America/New_York', '2026-11-20'],
    ['Pacific/Kiritimati', '2026-11-21'],
  ])('%s makes half past eleven in the evening, UTC, the date %s', async (timezone, date) => {
    const id = await mentor(database.db, { chapterId: await chapter(database.db, { timezone }) });
    await repository.evaluateAndClaim(claimRequest(evening, { range: rangeOfMentor(id) }));
    expect(await claimsOf(database.db, id)).toMatchObject([{ evaluation_date: date, date_window: date }]);
  });
});
