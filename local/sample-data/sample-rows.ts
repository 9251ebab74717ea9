import { followUpKey, idempotencyKey } from '../../domain/idempotency-key.ts';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import { firstDayOf, isoDay, localDay, morningOf, yearOf, type Day } from './calendar.ts';
import { MentorSketch, type SketchedRecord } from './mentor-sketch.ts';
import { isPlain, ORGANIZATIONS, RULES, termsOf, type SampleOrganization, type Terms } from './places.ts';
import { draw, PORTRAITS } from './portraits.ts';
import { between, randomStream, seededId, weighted } from './random.ts';

/** Rows by table; the keys are its columns. */
export interface SampleRows {
  readonly organizations: Row[];
  readonly chapters: Row[];
  readonly users: Row[];
  readonly activities: Row[];
  readonly annual_summary: Row[];
  readonly certifications: Row[];
  readonly device_tokens: Row[];
  readonly notification_preferences: Row[];
  readonly scenario_rules: Row[];
  readonly scenario_notifications: Row[];
  readonly follow_up_notification_log: Row[];
}
type Row = Record<string, unknown>;

export interface SampleRequest {
  readonly asOf: Date;
  readonly seed: number;
  readonly mentors: number;
  /** The default rule of a scenario type, by the database's own id. */
  readonly defaultRuleId: (scenarioType: string) => string;
}

interface Place {
  readonly organization: SampleOrganization;
  readonly chapter: string;
  readonly chapterId: string;
  readonly terms: Terms;
  /** The date of `asOf` there, and when it was this morning: between the day's beginning and `asOf`. */
  readonly today: Day;
  readonly thisMorning: Date;
}

/** All of the sample: the same rows for the same request. */
export function sampleRows(request: SampleRequest): SampleRows {
  const rows: SampleRows = {
    organizations: [],
    chapters: [],
    users: [],
    activities: [],
    annual_summary: [],
    certifications: [],
    device_tokens: [],
    notification_preferences: [],
    scenario_rules: [],
    scenario_notifications: [],
    follow_up_notification_log: [],
  };
  const places = layOutPlaces(request, rows);
  const plain = places.filter(({ organization, chapter }) => isPlain(organization.name, chapter));
  for (let index = 0; index < request.mentors; index++) {
    const random = randomStream(request.seed, index);
    // The first of them show every portrait once, where the default rules hold.
    const portrait = PORTRAITS[index] ?? weighted(random, PORTRAITS);
    const within = index < PORTRAITS.length ? plain : places;
    const place = within[Math.floor(random() * within.length)]!;
    const mentor = new MentorSketch({
      random,
      today: place.today,
      terms: place.terms,
      certificateTypes: place.organization.certificates,
      certificateId: (n) => seededId(request.seed, 'certificate', index, n),
    });
    draw(portrait, mentor);
    addMentor(rows, request, place, index, mentor);
  }
  return rows;
}

export function organizationId(seed: number, name: string): string {
  return seededId(seed, 'organization', name);
}

export function mentorId(seed: number, index: number): string {
  return seededId(seed, 'mentor', index);
}

function layOutPlaces({ seed, asOf }: SampleRequest, rows: SampleRows): Place[] {
  const chapterId = (organization: string, chapter: string) => seededId(seed, 'chapter', organization, chapter);
  const joined = new Date(asOf.getTime() - 5_000 * HOUR);
  for (const rule of RULES) {
    rows.scenario_rules.push({
      id: seededId(seed, 'rule', rule.organization, rule.chapter ?? '', rule.scenarioType),
      organization_id: rule.chapter === undefined ? organizationId(seed, rule.organization) : null,
      chapter_id: rule.chapter === undefined ? null : chapterId(rule.organization, rule.chapter),
      scenario_type: rule.scenarioType,
      enabled: rule.enabled,
      cooldown_minutes: rule.cooldownMinutes,
      parameters: JSON.stringify(rule.parameters),
    });
  }
  return ORGANIZATIONS.flatMap((organization) => {
    const id = organizationId(seed, organization.name);
    rows.organizations.push({ id, name: organization.name, timezone: organization.timezone });
    const { day: today, minutesIntoDay } = localDay(asOf, organization.timezone);
    const thisMorning = new Date(asOf.getTime() - Math.min(2 * HOUR, (minutesIntoDay / 2) * MINUTE));
    return organization.chapters.map((chapter, n): Place => {
      const place = {
        organization,
        chapter,
        today,
        thisMorning,
        chapterId: chapterId(organization.name, chapter),
        terms: termsOf(organization.name, chapter),
      };
      rows.chapters.push({ id: place.chapterId, organization_id: id, name: chapter });
      // A coordinator for each chapter, an administrator in the first.
      for (const role of n === 0 ? ['coordinator', 'administrator'] : ['coordinator']) {
        rows.users.push({
          id: seededId(seed, role, organization.name, chapter),
          chapter_id: place.chapterId,
          role,
          status: 'active',
          locale: organization.locales[0]!.locale,
          created_at: joined,
        });
      }
      return place;
    });
  });
}

function addMentor(rows: SampleRows, request: SampleRequest, place: Place, index: number, mentor: MentorSketch): void {
  const { seed } = request;
  const { random } = mentor.around;
  const user_id = mentorId(seed, index);
  rows.users.push({
    id: user_id,
    chapter_id: mentor.hasChapter ? place.chapterId : null,
    role: 'peer_mentor',
    status: mentor.status,
    locale: weighted(random, place.organization.locales).locale,
    created_at: morningOf(mentor.joined),
  });
  mentor.activities.forEach((day, n) => {
    rows.activities.push({
      id: seededId(seed, 'activity', index, n),
      user_id,
      activity_date: isoDay(day),
      created_at: instantOn(day, place),
    });
  });
  mentor.certificates.forEach(({ type, expires }, n) => {
    rows.certifications.push({
      id: mentor.around.certificateId(n),
      user_id,
      certification_type: type,
      expires_on: isoDay(expires),
    });
  });
  for (const scenario_type of mentor.optedOutOf)
    rows.notification_preferences.push({ user_id, scenario_type, enabled: false });
  addDevices(rows, request, user_id, index, mentor);
  addSummary(rows, request, user_id, mentor);
  addRecords(rows, request, place, user_id, mentor);
}

function addDevices(
  rows: SampleRows,
  { seed, asOf }: SampleRequest,
  user_id: string,
  index: number,
  mentor: MentorSketch,
): void {
  const { random } = mentor.around;
  mentor.devices?.forEach(({ platform, state }, n) => {
    const id = seededId(seed, 'device', index, n);
    const registered_at = new Date(asOf.getTime() - between(random, 20, 400) * 24 * HOUR);
    rows.device_tokens.push({
      id,
      user_id,
      platform,
      registered_at,
      // The FCM emulator knows tokens of this beginning as unregistered.
      token: `${state === 'alive' ? 'sample' : 'unregistered'}-${id}`,
      last_seen_at: new Date(asOf.getTime() - between(random, 1, 19) * 24 * HOUR),
      invalidated_at: state === 'invalidated' ? new Date(asOf.getTime() - 24 * HOUR) : null,
      invalidation_reason: state === 'invalidated' ? 'messaging/registration-token-not-registered' : null,
    });
  });
}

/** Mostly counted last night; for some never, for some last week and not since. */
function addSummary(rows: SampleRows, { asOf }: SampleRequest, user_id: string, mentor: MentorSketch): void {
  const { random, today } = mentor.around;
  const year = yearOf(today);
  const sessions = mentor.sessionsIn(year);
  const draw = random();
  if (draw < 0.2 || sessions.length === 0) return;
  const isStale = draw < 0.3;
  const counted = isStale ? sessions.filter((day) => day <= today - 9) : sessions;
  if (isStale && today - 9 < firstDayOf(year)) return;
  const computed_at = new Date(asOf.getTime() - (isStale ? 9 * 24 : between(random, 1, 20)) * HOUR);
  rows.annual_summary.push({ user_id, year, session_count: counted.length, computed_at });
}

function addRecords(
  rows: SampleRows,
  request: SampleRequest,
  place: Place,
  user_id: string,
  mentor: MentorSketch,
): void {
  const latest = new Map<string, Date>();
  for (const record of mentor.records.toSorted((a, b) => a.day - b.day)) {
    const { scenarioType, occurrence, milestone } = record;
    const date_window = `${isoDay(record.day)}${record.keySuffix}`;
    const triggered_at = instantOn(record.day, place);
    const rule = ruleInForce(request, place, scenarioType);
    rows.scenario_notifications.push({
      id: seededId(request.seed, 'record', user_id, scenarioType, date_window),
      user_id,
      scenario_type: scenarioType,
      scenario_rule_id: rule,
      triggered_at,
      dispatched_at: triggered_at,
      evaluation_date: isoDay(record.day),
      milestone_year: milestone?.year ?? null,
      milestone_value: milestone?.value ?? null,
      occurrence,
      cooldown_window_start: latest.get(scenarioType) ?? '-infinity',
      window_slot: windowSlot(record),
      delivery_status: 'sent',
      idempotency_key: idempotencyKey(user_id, scenarioType, date_window),
    });
    latest.set(scenarioType, triggered_at);
    if (!mentor.hasChapter) continue;
    rows.follow_up_notification_log.push({
      log_id: seededId(request.seed, 'log', user_id, scenarioType, date_window),
      peer_mentor_id: user_id,
      chapter_id: place.chapterId,
      scenario_rule_id: rule,
      delivered_at: triggered_at,
      delivery_channel: mentor.devices?.[0]?.platform === 'ios' ? 'apns' : 'fcm',
      status: 'delivered',
      idempotency_key: followUpKey(user_id, rule, date_window),
    });
  }
}

/** The window of a type with at most one notification an evaluation needs no name of its own: all of those here have a cooldown. */
function windowSlot({ scenarioType, occurrence }: SketchedRecord): string {
  return scenarioType === 'milestone' || scenarioType === 'certification_expiry' ? occurrence : '';
}

function instantOn(day: Day, place: Place): Date {
  return day < place.today ? morningOf(day) : place.thisMorning;
}

function ruleInForce(
  { seed, defaultRuleId }: SampleRequest,
  { organization, chapter }: Place,
  scenarioType: string,
): string {
  const near = RULES.filter((rule) => rule.scenarioType === scenarioType && rule.organization === organization.name);
  const rule = near.find((r) => r.chapter === chapter) ?? near.find((r) => r.chapter === undefined);
  return rule
    ? seededId(seed, 'rule', rule.organization, rule.chapter ?? '', rule.scenarioType)
    : defaultRuleId(scenarioType);
}
