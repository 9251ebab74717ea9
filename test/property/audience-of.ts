import { createHash } from 'node:crypto';
import { SCENARIO_TYPES, SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';
import type { Audience, Certification, Claim, Policy, Rule, Told } from '../../proof/evaluator/audience.ts';
import { dateIn, dayNumber, isoDate, toMicros } from '../../proof/evaluator/calendar.ts';
import type { MentorSketch, PolicySketch, RuleSketch, ToldSketch, WorldSketch } from './sketches.ts';

type Grown<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Row)[] ? Row[] : never };

/** Rows of what was drawn. A mentor's rows do not depend on the other mentors. */
export function audienceOf(world: WorldSketch, mentors: readonly MentorSketch[]): Audience {
  const audience: Grown<Audience> = {
    organizations: [],
    chapters: [],
    users: [],
    activities: [],
    summaries: [],
    certifications: [],
    devices: [],
    preferences: [],
    rules: [],
    policies: [],
    told: [],
    claims: [],
  };
  const today = dayNumber(world.asOf.slice(0, 10));
  const addRules = (sketches: readonly RuleSketch[], scope: Scope) =>
    audience.rules.push(...sketches.map((one) => ruleOf(one, today, scope)));
  const addPolicy = (sketch: PolicySketch | null, scope: Scope) => {
    if (sketch) audience.policies.push(policyOf(sketch, scope));
  };
  audience.rules.push(...everybodysRules(world, today));
  addPolicy(world.policy, {});
  for (const organization of world.organizations) {
    audience.organizations.push({ id: organization.id, timezone: organization.timezone });
    addRules(organization.rules, { organization_id: organization.id });
    addPolicy(organization.policy, { organization_id: organization.id });
    for (const chapter of organization.chapters) {
      audience.chapters.push({ id: chapter.id, organization_id: organization.id });
      addRules(chapter.rules, { chapter_id: chapter.id });
      addPolicy(chapter.policy, { chapter_id: chapter.id });
    }
  }
  for (const mentor of mentors) addMentor(audience, mentor, new Date(world.asOf));
  return audience;
}

function everybodysRules(world: WorldSketch, today: number): Rule[] {
  const drawn = new Map(world.rules.map((one) => [one.scenarioType as ScenarioType, one]));
  return SCENARIO_TYPES.filter((type) => !world.removedDefaults.includes(type)).map((type, at) => {
    const sketch = drawn.get(type);
    if (sketch) return ruleOf(sketch, today, {});
    const { cooldownMinutes, parameterDefaults } = SCENARIOS[type];
    const id = `00000000-0000-4000-8000-00000000000${at}`;
    return ruleOf(
      {
        id,
        scenarioType: type,
        enabled: true,
        cooldownMinutes,
        startsOn: null,
        parameters: JSON.stringify(parameterDefaults),
      },
      today,
      {},
    );
  });
}

type Scope = { organization_id?: string; chapter_id?: string };

function policyOf({ hours: [send_from, send_until], max, perDays }: PolicySketch, scope: Scope): Policy {
  return {
    organization_id: null,
    chapter_id: null,
    ...scope,
    send_from,
    send_until,
    max_notifications: max,
    per_days: perDays,
  };
}

function ruleOf(sketch: RuleSketch, today: number, scope: Scope): Rule {
  return {
    id: sketch.id,
    organization_id: null,
    chapter_id: null,
    ...scope,
    scenario_type: sketch.scenarioType,
    enabled: sketch.enabled,
    cooldown_minutes: sketch.cooldownMinutes,
    starts_on: sketch.startsOn === null ? null : isoDate(today - sketch.startsOn),
    parameters: sketch.parameters,
  };
}

function addMentor(audience: Grown<Audience>, sketch: MentorSketch, asOf: Date): void {
  const { id } = sketch;
  const chapter = sketch.chapter === null ? null : audience.chapters[sketch.chapter % audience.chapters.length]!;
  const organization = audience.organizations.find((one) => one.id === chapter?.organization_id);
  const timezone = organization && dateIn(organization.timezone, 0n) ? organization.timezone : 'Europe/Oslo';
  const today = dayNumber(dateIn(timezone, toMicros(asOf))!);
  const year = Number(isoDate(today).slice(0, 4));
  const ago = (days: number) => isoDate(today - days);

  audience.users.push({
    id,
    chapter_id: chapter?.id ?? null,
    role: sketch.role,
    status: sketch.status,
    timezone: sketch.timezone,
    created_at: startOfDay(today - sketch.joined.days, timezone) + BigInt(sketch.joined.ms) * 1000n,
  });
  const active = [...sketch.activities.map(ago), ...sketch.returns.flatMap(({ on, gap }) => [ago(on), ago(on + gap)])];
  if (sketch.sessions) {
    const on = {
      today: ago(0),
      yesterday: ago(1),
      tomorrow: ago(-1),
      new_year: `${year}-01-01`,
      year_end_before: `${year - 1}-12-31`,
      year_end: `${year}-12-31`,
    }[sketch.sessions.on];
    for (let i = 0; i < sketch.sessions.count; i++) active.push(on);
  }
  audience.activities.push(...active.map((activity_date) => ({ user_id: id, activity_date })));
  audience.summaries.push(
    ...sketch.summaries.map((one) => ({
      user_id: id,
      year: year + one.year,
      session_count: one.count,
      computed_at: toMicros(new Date(asOf.getTime() - one.age)),
    })),
  );
  const certificates = sketch.certificates.map((one) => ({
    id: one.id,
    user_id: id,
    certification_type: one.type,
    expires_on: isoDate(today + one.left),
  }));
  audience.certifications.push(...certificates);
  audience.devices.push(
    ...sketch.devices.map((state, at) => ({
      user_id: id,
      token: `${id}-${at}`,
      platform: 'android',
      invalidated: state === 'dead',
    })),
  );
  for (const [scenario_type, enabled] of Object.entries(sketch.preferences)) {
    audience.preferences.push({ user_id: id, scenario_type, enabled: enabled! });
  }

  // A record and a live claim are the only ones of their occurrence and of their key.
  const taken = new Set<string>();
  const isFree = (row: Pick<Told, 'scenario_type' | 'occurrence' | 'idempotency_key'>, kind: string) => {
    const marks = [
      `${kind} ${row.idempotency_key}`,
      ...(row.occurrence ? [`${kind} ${row.scenario_type} ${row.occurrence}`] : []),
    ];
    if (marks.some((mark) => taken.has(mark))) return false;
    marks.forEach((mark) => taken.add(mark));
    return true;
  };
  const recordOf = (one: ToldSketch, serial: string) =>
    toldOf(one, {
      id,
      asOf,
      today,
      year,
      certificates,
      cooldown: cooldownOf(audience.rules, one.scenarioType, chapter),
      serial,
    });
  sketch.told.forEach((one, at) => {
    const record = recordOf(one, `told${at}`);
    if (isFree(record, 'record')) audience.told.push(record);
  });
  sketch.claims.forEach(({ state, of }, at) => {
    const record = recordOf(of, `claim${at}`);
    if (!isFree(record, state === 'released' ? `released${at}` : 'claim')) return;
    // What was sent, or is held, has its record.
    const settled = state === 'sent' || state === 'held';
    if (settled && !isFree(record, 'record')) return;
    if (settled) audience.told.push(record);
    const { scenario_type, occurrence, idempotency_key } = record;
    audience.claims.push({ user_id: id, scenario_type, occurrence, idempotency_key, state } satisfies Claim);
  });
}

function cooldownOf(
  rules: readonly Rule[],
  scenarioType: string,
  chapter: { id: string; organization_id: string | null } | null,
): number {
  const ofType = rules.filter((one) => one.scenario_type === scenarioType);
  const inForce =
    ofType.find((one) => chapter && one.chapter_id === chapter.id) ??
    ofType.find((one) => chapter && one.organization_id === chapter.organization_id) ??
    ofType.find((one) => one.chapter_id === null && one.organization_id === null);
  const minutes = inForce?.cooldown_minutes ?? 0;
  return minutes > 0 && minutes < 2147483647 ? minutes : 20160;
}

function toldOf(
  one: ToldSketch,
  her: {
    id: string;
    asOf: Date;
    today: number;
    year: number;
    certificates: readonly Certification[];
    cooldown: number;
    serial: string;
  },
): Told {
  const { cooldownAgo, ms } = one.triggered;
  // The pause counts from the dispatch where that came more than two hours later.
  const shift = cooldownAgo
    ? her.cooldown * 60_000 + ms + (one.dispatchedAfter > 7_200_000 ? one.dispatchedAfter : 0)
    : ms;
  const triggered = new Date(her.asOf.getTime() - shift);
  const milestone = { year: her.year + one.milestone.year, value: one.milestone.value };
  const certificate = her.certificates[one.certificate.index % Math.max(her.certificates.length, 1)];
  const today = isoDate(her.today);
  const leadOfToday = /^[0-9]+$/.test(one.certificate.lead) ? one.certificate.lead : '7';
  const occurrences: Readonly<Partial<Record<ScenarioType, readonly [occurrence: string, window: string]>>> = {
    inactivity: ['', today],
    welcome_back: [isoDate(her.today - one.returnedOn), today],
    milestone: [
      one.milestone.occurrence || !one.milestone.columns ? `${milestone.year}:${milestone.value}` : '',
      `${today}:${milestone.value}`,
    ],
    certification_expiry: certificate
      ? [
          `${certificate.id}:${isoDate(dayNumber(certificate.expires_on) + one.certificate.expiryMoved)}:${one.certificate.lead}`,
          `${today}:${certificate.id}:${leadOfToday}`,
        ]
      : [`nothing:2026-01-01:${one.certificate.lead}`, today],
  };
  // Of a type that is not here: told on a day, as most are.
  const [occurrence, window] = occurrences[one.scenarioType] ?? [isoDate(her.today - one.returnedOn), today];
  const hasColumns = one.scenarioType === 'milestone' && one.milestone.columns && !one.keyOfToday;
  const text = one.keyOfToday ? `${her.id}${one.scenarioType}${window}` : `${her.id} ${her.serial}`;
  return {
    user_id: her.id,
    scenario_type: one.scenarioType,
    triggered_at: toMicros(triggered),
    dispatched_at: toMicros(new Date(triggered.getTime() + one.dispatchedAfter)),
    evaluation_date: isoDate(her.today - one.evaluatedOn),
    milestone_year: hasColumns ? milestone.year : null,
    milestone_value: hasColumns ? milestone.value : null,
    occurrence: one.keyOfToday ? '' : occurrence,
    idempotency_key: createHash('sha256').update(text, 'utf8').digest('hex'),
  };
}

/** The first instant of a date in a timezone: by bisection of the two days around it. */
function startOfDay(day: number, timezone: string): bigint {
  let before = BigInt(day - 1) * 86_400_000n;
  let within = BigInt(day + 1) * 86_400_000n;
  while (within - before > 1n) {
    const middle = (before + within) / 2n;
    if (dayNumber(dateIn(timezone, middle * 1000n)!) < day) before = middle;
    else within = middle;
  }
  return within * 1000n;
}
