import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluationParameters } from '../../db/evaluation-request.ts';
import { evaluationStatement } from '../../db/evaluation-statement.ts';
import type { PreviewRow } from '../../db/preview.ts';
import { SCENARIO_TYPES, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { audienceOf } from './audience-of.ts';
import { actualLines, difference, expectedLines, mentorsIn, type Preview } from './comparison.ts';
import { mentor, world } from './sketches.ts';
import { letUnsoundRulesIn, storeAudience } from './store-audience.ts';

/** As many as it takes: what is drawn is spread over the types. */
const SEEDS = Array.from({ length: 2 * SCENARIO_TYPES.length }, (_, at) => at + 1);
const MENTORS_PER_SEED = 1_000;

/**
 * The gate of the cooldown and of every other condition: they are decided in SQL, which no coverage of branches sees.
 * What is wrong with the statement of a type: the first place where a text stands, replaced by another.
 */
type Mutation = readonly [claim: string, scenarioType: ScenarioType, text: string, instead: string];

const MUTATIONS: readonly Mutation[] = [
  ['30 days are not enough', 'inactivity', '>= p.inactive_days', '> p.inactive_days'],
  [
    'one reminder too many',
    'inactivity',
    'since.reminders < p.max_reminders)\n    and',
    'since.reminders <= p.max_reminders)\n    and',
  ],
  [
    'a reminder on the day of the activity counts',
    'inactivity',
    'n.evaluation_date > l.last_activity',
    'n.evaluation_date >= l.last_activity',
  ],
  ['future activities count', 'inactivity', 'a.activity_date <= p.evaluation_date', 'true'],
  [
    'the first activity instead of the last',
    'inactivity',
    'order by a.activity_date desc',
    'order by a.activity_date asc',
  ],
  [
    'the day of joining in another timezone',
    'inactivity',
    '(m.created_at at time zone p.timezone)::date',
    "(m.created_at at time zone 'UTC')::date",
  ],
  ['exactly 50 are not enough', 'milestone', 't.threshold <= c.sessions', 't.threshold < c.sessions'],
  ['a summary of the very instant is refused', 'milestone', "computed_at <= :'as_of'", "computed_at < :'as_of'"],
  [
    'a summary of exactly the greatest age is refused',
    'milestone',
    's.computed_at >= p.summary_from',
    's.computed_at > p.summary_from',
  ],
  [
    "last year's sessions count",
    'milestone',
    'between p.year_start and p.evaluation_date\n      )',
    '<= p.evaluation_date)',
  ],
  ['future sessions count', 'milestone', 'between p.year_start and p.evaluation_date\n      )', '>= p.year_start)'],
  ["last year's record blocks", 'milestone', 'n.milestone_year = p.year and n.milestone_value', 'n.milestone_value'],
  [
    'a record known by its occurrence alone is missed',
    'milestone',
    "or n.occurrence = p.year || ':' || t.threshold",
    '',
  ],
  [
    'exactly 30 days left take the lead of 60',
    'certification_expiry',
    'lead >= left_over.days',
    'lead > left_over.days',
  ],
  ['the greatest lead instead of the smallest', 'certification_expiry', '(select min(lead)', '(select max(lead)'],
  [
    'the last day is too late',
    'certification_expiry',
    'c.expires_on >= m.evaluation_date',
    'c.expires_on > m.evaluation_date',
  ],
  [
    'a certificate of another type renews',
    'certification_expiry',
    'and later.certification_type = c.certification_type',
    '',
  ],
  [
    'another certificate of the same day renews',
    'certification_expiry',
    'later.expires_on > c.expires_on',
    'later.expires_on >= c.expires_on and later.id <> c.id',
  ],
  [
    'the same lead is told again',
    'certification_expiry',
    'told.smallest_lead > l.lead',
    'told.smallest_lead >= l.lead',
  ],
  ['a greater lead blocks', 'certification_expiry', 'min(case when suffix', 'min(0 * case when suffix'],
  ['30 days are no gap', 'welcome_back', '>= p.gap_days', '> p.gap_days'],
  [
    'seven days ago is not recent',
    'welcome_back',
    'between p.recent_from and p.evaluation_date',
    '<= p.evaluation_date and a.activity_date > p.recent_from',
  ],
  ['a future return counts', 'welcome_back', 'between p.recent_from and p.evaluation_date', '>= p.recent_from'],
  [
    'the first return instead of the latest',
    'welcome_back',
    'order by a.activity_date desc',
    'order by a.activity_date asc',
  ],
  [
    'the earliest activity instead of the previous one',
    'welcome_back',
    'order by b.activity_date desc',
    'order by b.activity_date asc',
  ],
  [
    'a record of the return does not count',
    'welcome_back',
    'and n.occurrence = to_char',
    'and n.occurrence <> to_char',
  ],
  [
    'exactly a cooldown ago is too early',
    'welcome_back',
    "> :'as_of'::timestamptz then 'cooldown'",
    ">= :'as_of'::timestamptz then 'cooldown'",
  ],
  [
    'the first record instead of the latest starts the pause',
    'inactivity',
    'order by n.cooldown_from desc',
    'order by n.cooldown_from asc',
  ],
  ['a dead token is a device', 'milestone', 'and t.invalidated_at is null', ''],
  ['an opt-out is ignored', 'certification_expiry', 'and not p.enabled', 'and p.enabled'],
  ['settled claims are in flight', 'milestone', "c.state in ('open', 'unknown')", "c.state <> 'released'"],
  [
    'a claim of another occurrence is not in flight under a cooldown',
    'milestone',
    'or (k.cooldown_minutes > 0 and',
    'or (false and',
  ],
  ["the organisation's rule before the chapter's", 'milestone', 'its.n, theirs.n, (select', 'theirs.n, its.n, (select'],
  ['disabled rules apply', 'inactivity', 'where r.enabled', 'where true'],
  ['the date in UTC', 'milestone', 'at time zone t.timezone)::date', "at time zone 'UTC')::date"],
  ['inactive mentors are told', 'welcome_back', "and u.status = 'active'", ''],
  ['coordinators are told', 'inactivity', "u.role = 'peer_mentor'", 'true'],
  [
    'what arose on the day itself arose too early',
    'inactivity',
    'p.inactive_days >= p.starts_on - l.last_activity',
    'p.inactive_days > p.starts_on - l.last_activity',
  ],
  ['a threshold that was reached on the day itself', 'milestone', ') >= p.starts_on', ') > p.starts_on'],
  ['the activity after the one that reached it', 'milestone', 'offset t.threshold - 1', 'offset t.threshold'],
  ['a threshold reached on a day that nobody knows', 'milestone', ') is true)', ') is not false)'],
  [
    'a lead that began on the day itself',
    'certification_expiry',
    'l.lead <= l.days_left + (m.evaluation_date',
    'l.lead < l.days_left + (m.evaluation_date',
  ],
  ['a return on the day itself', 'welcome_back', 'r.returned_on >= p.starts_on', 'r.returned_on > p.starts_on'],
  [
    'one more than the cap',
    'inactivity',
    'used.records + used.claims >= k.max_notifications',
    'used.records + used.claims > k.max_notifications',
  ],
  [
    'one more of an evaluation than the cap',
    'milestone',
    '1 preceding) >= s.max_notifications',
    '1 preceding) > s.max_notifications',
  ],
  [
    'a cap for certificates',
    'certification_expiry',
    "when :'is_capped'::boolean then",
    "when :'is_capped'::boolean or true then",
  ],
  [
    'what was sent exactly so long ago counts',
    'milestone',
    "n.dispatched_at > :'as_of'::timestamptz - k.cap_window",
    "n.dispatched_at >= :'as_of'::timestamptz - k.cap_window",
  ],
  [
    'counted from the evaluation instead of the dispatch',
    'inactivity',
    "n.dispatched_at > :'as_of'::timestamptz - k.cap_window",
    "n.triggered_at > :'as_of'::timestamptz - k.cap_window",
  ],
  [
    'records of the type alone count',
    'inactivity',
    'where n.user_id = k.user_id and n.dispatched_at',
    "where n.scenario_type = :'scenario_type' and n.user_id = k.user_id and n.dispatched_at",
  ],
  [
    'settled claims count as well',
    'milestone',
    "c.user_id = k.user_id and c.state in ('open', 'unknown')",
    "c.user_id = k.user_id and c.state <> 'released'",
  ],
  [
    'room as soon as one is old enough',
    'milestone',
    'offset greatest(c.records + c.claims - c.max_notifications, 0)',
    'offset 0',
  ],
  ['room when the latest is old enough', 'milestone', 'order by counted.at', 'order by counted.at desc'],
  [
    "the organisation's policy before the chapter's",
    'inactivity',
    'its_policy.n, their_policy.n',
    'their_policy.n, its_policy.n',
  ],
  [
    "the organisation's clock instead of the mentor's",
    'inactivity',
    'coalesce((select u.timezone::text from users u where u.id = d.user_id offset 0), d.timezone)',
    'd.timezone',
  ],
  [
    'any hour where the window spans midnight',
    'inactivity',
    'd.send_from <> d.send_until',
    'd.send_from < d.send_until',
  ],
  [
    'the wrong order',
    'milestone',
    'order by v.user_id, v.occurrence collate',
    'order by v.user_id desc, v.occurrence collate',
  ],
];

/** Noticed without a change, the check would notice anything. */
const UNCHANGED: readonly Mutation[] = SCENARIO_TYPES.map((scenarioType) => [
  `unchanged ${scenarioType}`,
  scenarioType,
  'with',
  'with',
]);

let database: TestDatabase;
/** Of a mutation, after how many mentors it was noticed. */
const noticed = new Map<string, number>();

const mutate =
  ([claim, , text, instead]: Mutation) =>
  (sql: string) => {
    if (!sql.includes(text)) throw new Error(`"${claim}": the statement no longer has "${text}"`);
    return sql.replace(text, () => instead);
  };

const mutated =
  (mutation: Mutation): Preview =>
  async (request) => {
    const preview = evaluationStatement<PreviewRow>(request.scenarioType, 'preview-candidates', mutate(mutation));
    return (await database.worker.db.executeQuery(preview(evaluationParameters(request)))).rows;
  };

beforeAll(async () => {
  database = await createDatabase();
  await letUnsoundRulesIn(database.pool);
  for (const [at, seed] of SEEDS.entries()) {
    const left = [...UNCHANGED, ...MUTATIONS].filter(([claim]) => !noticed.has(claim));
    if (left.length === UNCHANGED.length) break;
    const [drawn] = fc.sample(world, { seed, numRuns: 1 });
    const audience = audienceOf(drawn!, fc.sample(mentor, { seed, numRuns: MENTORS_PER_SEED }));
    const asOf = new Date(drawn!.asOf);
    await storeAudience(database.pool, audience);
    for (const mutation of left) {
      const [claim, scenarioType] = mutation;
      const expected = expectedLines(audience, scenarioType, asOf);
      const found = difference(
        scenarioType,
        expected,
        await actualLines(database.worker.db, mutated(mutation), scenarioType, asOf),
      );
      if (!found) continue;
      const who = mentorsIn(found);
      const first = who.size > 0 ? audience.users.findIndex(({ id }) => who.has(id)) + 1 : MENTORS_PER_SEED;
      noticed.set(claim, at * MENTORS_PER_SEED + first);
    }
  }
  if (process.env['PROPERTY_TABLE']) {
    process.stderr.write(
      MUTATIONS.map(([claim, type]) => `${String(noticed.get(claim) ?? '-').padStart(5)}  ${type}: ${claim}\n`).join(
        '',
      ),
    );
  }
}, 480_000);
afterAll(() => database.drop());

describe(`a change of the SQL is noticed within ${SEEDS.length * MENTORS_PER_SEED} mentors`, () => {
  test.each(MUTATIONS)('%s (%s)', (claim) => {
    expect(noticed.get(claim)).toBeGreaterThan(0);
  });
});

test.each(UNCHANGED)('%s is not', (claim) => {
  expect(noticed.get(claim)).toBeUndefined();
});
