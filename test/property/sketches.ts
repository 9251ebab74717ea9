import fc from 'fast-check';
import { SCENARIO_TYPES, SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';

// What is drawn: numbers relative to the instant and to the mentor's own date, so that every limit is met from both
// sides. audience-of.ts turns them into rows.

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Around this instant's date the calendar is at its most awkward somewhere. */
const INSTANTS = [
  '2026-11-20T09:00:00.000Z',
  '2026-11-20T11:00:00.000Z',
  // Midnight in Oslo, in Kiritimati (UTC+14), in Pago Pago (UTC-11), in UTC, and a moment before.
  '2026-11-19T23:00:00.000Z',
  '2026-11-19T22:59:59.999Z',
  '2026-11-20T10:00:00.000Z',
  '2026-11-20T09:59:59.999Z',
  '2026-11-20T10:59:59.999Z',
  '2026-11-20T00:00:00.000Z',
  // The nights of the changes to and from summer time.
  '2026-03-29T00:59:59.999Z',
  '2026-03-29T01:00:00.000Z',
  '2026-10-25T00:30:00.000Z',
  '2026-10-25T01:30:00.000Z',
  '2026-03-28T23:00:00.000Z',
  '2026-10-24T22:00:00.000Z',
  // Years end one timezone after the other; 2028 is a leap year.
  '2026-12-31T10:00:00.000Z',
  '2026-12-31T22:59:59.999Z',
  '2026-12-31T23:00:00.000Z',
  '2027-01-01T10:59:59.999Z',
  '2027-01-01T11:00:00.000Z',
  '2028-02-29T12:00:00.000Z',
  '2028-03-01T00:00:00.000Z',
];
const TIMEZONES = [
  'Europe/Oslo',
  'Europe/Oslo',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Australia/Lord_Howe',
  'America/New_York',
  'Asia/Kathmandu',
  'UTC',
  'Mars/Olympus',
];

/** Of a mentor's own; null and what nobody knows are the organisation's. */
const OWN_TIMEZONES = [
  null,
  null,
  null,
  'Asia/Tokyo',
  'America/St_Johns',
  'Pacific/Kiritimati',
  'Etc/GMT+5',
  'Mars/Phobos',
  'CEST',
  'UTC+3',
  '',
];
const HOURS: readonly (readonly [from: string, until: string])[] = [
  ['08:00:00', '21:00:00'],
  ['09:00:00', '10:00:00'],
  ['22:00:00', '06:00:00'],
  ['02:30:00', '02:45:00'],
  ['00:00:00', '24:00:00'],
  ['12:00:00', '12:00:00'],
  ['10:00:00.5', '11:59:59.999999'],
];

const COOLDOWNS = [0, 0, 1, 60, 20160, 43200, 2147483647];
type Texts = Readonly<Record<string, readonly (string | null)[]>>;
const AWKWARD = [
  '"30"',
  '0',
  '-1',
  '30.5',
  '2147483648',
  '[]',
  '[0, -1]',
  '[50, 50]',
  '[100, 50]',
  '{}',
  'true',
  '[null]',
];
/** JSON texts of each parameter, chosen to meet each other's limits; null = absent. Of a type that is not here: its limits. */
const CHOSEN: Readonly<Partial<Record<ScenarioType, Texts>>> = {
  inactivity: {
    inactive_days: [null, null, '30', '30.0', '1', '45', '2147483647'],
    max_reminders: [null, null, 'null', '1', '2', '3'],
  },
  milestone: {
    thresholds: [null, null, '[50, 100, 200]', '[1]', '[1, 2, 3]', '[2, 50.0]', '[1, 2147483647]'],
    summary_max_age_hours: [null, null, 'null', '48', '1', '2147483647'],
  },
  certification_expiry: { lead_days: [null, null, '[60, 30, 7]', '[7, 60, 30]', '[0]', '[1, 30]', '[0, 2147483647]'] },
  welcome_back: {
    gap_days: [null, null, '30', '1', '2', '3e1', '2147483647'],
    recent_days: [null, null, '7', '0', '1', '2147483647'],
  },
};

const OFFSETS = [0, 1, 2, 3, 6, 7, 8, 14, 29, 30, 31, 37, 38, 44, 45, 46, 60, 90, 325, 364, 365, 366, 700, -1, -2, -30];
const LONG_AGO = [29, 30, 31, 44, 45, 46, 60, 90, 364, 365, 366, 700, -1];
const SESSION_DAYS = ['today', 'yesterday', 'tomorrow', 'new_year', 'year_end_before', 'year_end'] as const;
const COUNTS = [0, 1, 2, 3, 4, 48, 49, 50, 51, 99, 100, 101, 199, 200, 201];
const VALUES = [1, 2, 3, 50, 100, 200, 2147483647];
const LEADS = ['0', '1', '6', '7', '8', '30', '31', '60', '61', '2147483647', '', 'x', '-1', '7.0', '99999999999'];
const NEAR = [0, 0, 1, -1, 1_000, -1_000];

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
const rarely = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: oneOf(others) });

/** Absent, the default, the least and the most that is declared. */
const declaredTexts = (scenarioType: ScenarioType): Texts =>
  Object.fromEntries(
    Object.entries(SCENARIOS[scenarioType].parameters).map(([name, { kind, min, nullable, ...declared }]) => {
      const limits = [min, min + 1, 2147483647].map((limit) => (kind === 'integer' ? `${limit}` : `[${limit}]`));
      return [name, [null, JSON.stringify(declared.default), ...limits, ...(nullable ? ['null'] : [])]];
    }),
  );

const parametersOf = (scenarioType: ScenarioType) => {
  const known = CHOSEN[scenarioType] ?? declaredTexts(scenarioType);
  const sound = fc
    .tuple(
      ...Object.entries(known).map(([name, values]) =>
        oneOf(values).map((value) => (value === null ? [] : [`"${name}": ${value}`])),
      ),
    )
    .map((parts) => `{${parts.flat().join(', ')}}`);
  const unsound = fc.oneof(
    fc
      .tuple(oneOf([...Object.keys(known), 'something_else']), oneOf(AWKWARD))
      .map(([name, value]) => `{"${name}": ${value}}`),
    oneOf(['[]', '5', '"x"', 'null', 'true']),
  );
  return fc.oneof({ weight: 9, arbitrary: sound }, { weight: 1, arbitrary: unsound });
};

const rule = fc.oneof(
  ...SCENARIO_TYPES.map((scenarioType) =>
    fc.record({
      id: fc.uuid(),
      scenarioType: fc.constant(scenarioType),
      enabled: rarely(true, false),
      cooldownMinutes: oneOf(COOLDOWNS),
      /** Days before the instant's date in UTC; null: none. */
      startsOn: oneOf([null, null, null, 0, 1, 2, 7, 30, 31, -1, -30, 60, 400]),
      parameters: parametersOf(scenarioType),
    }),
  ),
);
const rules = (maxLength: number) =>
  fc.uniqueArray(rule, { maxLength, size: 'max', selector: (one) => one.scenarioType });

const policy = fc.record({
  hours: oneOf(HOURS),
  max: oneOf([null, null, 1, 2, 3, 5]),
  perDays: oneOf([1, 7, 7, 14, 30, 3650]),
});
const maybePolicy = fc.option(policy, { freq: 3 });

export const world = fc.record({
  asOf: oneOf(INSTANTS),
  /** Of everybody, over the migrations' own: absent ones stay. */
  rules: rules(2),
  /** Everybody's; null: even that is gone. */
  policy: fc.option(policy, { freq: 9 }),
  removedDefaults: fc.uniqueArray(oneOf(SCENARIO_TYPES), { maxLength: 1 }),
  organizations: fc.array(
    fc.record({
      id: fc.uuid(),
      timezone: oneOf(TIMEZONES),
      rules: rules(3),
      policy: maybePolicy,
      chapters: fc.array(fc.record({ id: fc.uuid(), rules: rules(4), policy: maybePolicy }), {
        minLength: 1,
        maxLength: 3,
        size: 'max',
      }),
    }),
    { minLength: 10, maxLength: 14 },
  ),
});

const told = fc.record({
  scenarioType: oneOf(SCENARIO_TYPES),
  /** Where on the mentor's own cooldown, in milliseconds from its beginning; or so long before the instant. */
  triggered: fc.oneof(
    oneOf(NEAR).map((ms) => ({ cooldownAgo: true, ms })),
    oneOf([
      0,
      1,
      -1,
      DAY,
      DAY - 1,
      DAY + 1,
      -DAY,
      7 * DAY,
      7 * DAY - 1,
      7 * DAY + 1,
      30 * DAY,
      14 * DAY,
      400 * DAY,
      MINUTE,
    ]).map((ms) => ({ cooldownAgo: false, ms })),
  ),
  dispatchedAfter: oneOf([0, 5_000, 41_000, 2 * HOUR, 2 * HOUR + 1, 3 * HOUR]),
  evaluatedOn: oneOf(OFFSETS),
  /** A milestone of this year or another, in its columns, its occurrence, or both. */
  milestone: fc.record({
    year: oneOf([0, 0, -1, 1]),
    value: oneOf(VALUES),
    columns: fc.boolean(),
    occurrence: fc.boolean(),
  }),
  certificate: fc.record({ index: fc.nat(2), expiryMoved: oneOf([0, 0, -365]), lead: oneOf(LEADS) }),
  returnedOn: oneOf(OFFSETS),
  /** The key that today's notification of this occurrence would have; the occurrence is then empty. */
  keyOfToday: rarely(false, true),
  status: rarely('sent', 'unknown'),
});

const claim = fc.record({ state: oneOf(['open', 'open', 'unknown', 'released', 'sent', 'held']), of: told });
type ClaimSketch = Drawn<typeof claim>;

export const mentor = fc.record({
  id: fc.uuid(),
  /** Index into all chapters; null: in none. */
  chapter: fc.oneof({ weight: 30, arbitrary: fc.nat(41) }, { weight: 1, arbitrary: fc.constant(null) }),
  role: rarely('peer_mentor', 'coordinator', 'administrator'),
  status: rarely('active', 'inactive'),
  timezone: oneOf(OWN_TIMEZONES),
  /** Days before her date, and milliseconds after that day began in her timezone. */
  joined: fc.record({ days: oneOf(OFFSETS), ms: oneOf([0, -1, 1, 12 * HOUR]) }),
  activities: fc.oneof(fc.array(oneOf(OFFSETS), { maxLength: 5 }), fc.array(oneOf(LONG_AGO), { maxLength: 2 })),
  returns: fc.oneof(
    { weight: 2, arbitrary: fc.constant([] as { on: number; gap: number }[]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.record({ on: oneOf([0, 1, 2, 6, 7, 8, -1]), gap: oneOf([1, 2, 3, 29, 30, 31]) }), {
        minLength: 1,
        maxLength: 2,
      }),
    },
  ),
  sessions: fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.record({ count: oneOf(COUNTS), on: oneOf(SESSION_DAYS) }) },
  ),
  summaries: fc.uniqueArray(
    fc.record({
      year: oneOf([0, 0, 0, -1, 1]),
      count: oneOf(COUNTS),
      age: oneOf([0, 1, -1, HOUR, HOUR + 1, HOUR - 1, 48 * HOUR, 48 * HOUR + 1, 48 * HOUR - 1, -DAY, 9_000 * HOUR]),
    }),
    { maxLength: 2, selector: (one) => one.year },
  ),
  certificates: fc.array(
    fc.record({
      id: fc.uuid(),
      type: oneOf(['a', 'a', 'b']),
      left: oneOf([-1, 0, 1, 2, 6, 7, 8, 29, 30, 31, 59, 60, 61, 365]),
    }),
    { maxLength: 3 },
  ),
  devices: rarely(['live'] as readonly string[], [], ['dead'], ['dead', 'live']),
  preferences: fc.dictionary(oneOf(SCENARIO_TYPES), fc.boolean(), { maxKeys: 2, noNullPrototype: true }),
  told: fc.array(told, { maxLength: 4 }),
  claims: fc.oneof(
    { weight: 5, arbitrary: fc.constant([] as ClaimSketch[]) },
    { weight: 1, arbitrary: fc.array(claim, { minLength: 1, maxLength: 2 }) },
  ),
});

type Drawn<T> = T extends fc.Arbitrary<infer Value> ? Value : never;
export type WorldSketch = Drawn<typeof world>;
export type MentorSketch = Drawn<typeof mentor>;
export type RuleSketch = Drawn<typeof rule>;
export type PolicySketch = Drawn<typeof policy>;
export type ToldSketch = Drawn<typeof told>;
