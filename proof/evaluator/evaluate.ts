import { createHash } from 'node:crypto';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import type { Audience, Claim, Micros, Rule, Told } from './audience.ts';
import { dateIn, dayNumber, isTimezone, toMicros } from './calendar.ts';
import { Cap } from './cap.ts';
import { DUE, type Due, type Mentor } from './due.ts';
import { sendAt } from './hours.ts';
import { inForce } from './in-force.ts';
import { isKnown, readParameters, type KnownType, type Parameters } from './parameters.ts';

export interface Verdict {
  readonly user_id: string;
  readonly scenario_type: ScenarioType;
  readonly occurrence: string;
  readonly idempotency_key: string;
  readonly scenario_rule_id: string;
  readonly verdict: 'send' | 'suppressed';
  readonly reason: string | null;
  readonly next_eligible_at: Micros | null;
  /** When it is sent, where that is outside the mentor's hours; null: at once, or not. */
  readonly send_at: Micros | null;
}

export interface Evaluation {
  /** In bytewise order of user id and occurrence. */
  readonly verdicts: readonly Verdict[];
  readonly mentors_evaluated: number;
  readonly mentors_misconfigured: number;
  readonly candidates: number;
  readonly send: number;
  readonly suppressed: Readonly<Record<string, number>>;
}

const MINUTE = 60_000_000n;
const TWO_HOURS = 120n * MINUTE;

/**
 * Who is due for one scenario type at an instant, and who of them must not be told: section 3 of the contract, written
 * down a second time, row by row, to hold the SQL to it. Throws E_EVALUATOR for a type that it has not been taught.
 */
export function evaluate(audience: Audience, type: ScenarioType, asOf: Date): Evaluation {
  const scenarioType: string = type;
  if (!isKnown(scenarioType))
    throw new Error(
      `E_EVALUATOR: the independent evaluator does not know ${scenarioType}: write its parameters and its condition into proof/evaluator, from the contract alone`,
    );
  const known = index(audience);
  const rules = audience.rules.filter((one) => one.scenario_type === scenarioType);
  const now = toMicros(asOf);
  const verdicts: Verdict[] = [];
  let evaluated = 0;
  let misconfigured = 0;
  for (const user of audience.users) {
    if (user.role !== 'peer_mentor' || user.status !== 'active' || user.chapter_id === null) continue;
    const chapter = known.chapters.get(user.chapter_id);
    if (!chapter) continue;
    const organizationId = chapter.organization_id;
    const rule = inForce(rules, chapter.id, organizationId);
    if (!rule || !rule.enabled) continue;
    const timezone = (organizationId !== null && known.organizations.get(organizationId)?.timezone) || 'Europe/Oslo';
    const date = dateIn(timezone, now);
    const parameters = readParameters(scenarioType, rule.parameters);
    if (date === null || parameters === null) {
      misconfigured++;
      continue;
    }
    evaluated++;
    const policy = inForce(audience.policies, chapter.id, organizationId);
    const itsClock = user.timezone !== null && isTimezone(user.timezone) ? user.timezone : timezone;
    const all = known.told.get(user.id) ?? [];
    const unsettled = known.claims.get(user.id) ?? [];
    const cap = new Cap(policy, now, all, unsettled);
    const mentor: Mentor = {
      user,
      timezone,
      asOf: now,
      today: dayNumber(date),
      startsOn: rule.starts_on === null ? null : dayNumber(rule.starts_on),
      activities: known.activities.get(user.id) ?? [],
      summaries: known.summaries.get(user.id) ?? [],
      certifications: known.certifications.get(user.id) ?? [],
      told: all.filter((record) => record.scenario_type === scenarioType),
    };
    const claims = unsettled.filter((claim) => claim.scenario_type === scenarioType);
    for (const due of dueOf(scenarioType, mentor, parameters)) {
      const key = createHash('sha256').update(`${user.id}${scenarioType}${date}${due.suffix}`, 'utf8').digest('hex');
      // A certificate that lapses is told whatever else was, and counts.
      const fullUntil = scenarioType === 'certification_expiry' ? null : cap.fullUntil();
      const reason = suppression({ due, key, rule, mentor, claims, known, scenarioType, isFull: fullUntil !== null });
      if (reason === null) cap.count();
      verdicts.push({
        user_id: user.id,
        scenario_type: scenarioType,
        occurrence: due.occurrence,
        idempotency_key: key,
        scenario_rule_id: rule.id,
        verdict: reason === null ? 'send' : 'suppressed',
        reason,
        next_eligible_at:
          reason === 'cooldown' ? cooldownEnd(mentor.told, rule) : reason === 'capped' ? fullUntil : null,
        send_at: reason === null && policy !== null ? sendAt(itsClock, policy, now) : null,
      });
    }
  }
  verdicts.sort((a, b) => compare(a.user_id, b.user_id) || compare(a.occurrence, b.occurrence));
  const suppressed: Record<string, number> = {};
  for (const { reason } of verdicts) if (reason !== null) suppressed[reason] = (suppressed[reason] ?? 0) + 1;
  return {
    verdicts,
    mentors_evaluated: evaluated,
    mentors_misconfigured: misconfigured,
    candidates: verdicts.length,
    send: verdicts.filter(({ verdict }) => verdict === 'send').length,
    suppressed,
  };
}

function dueOf<T extends KnownType>(scenarioType: T, mentor: Mentor, parameters: Parameters[T]): Due[] {
  return DUE[scenarioType](mentor, parameters);
}

function suppression({
  due,
  key,
  rule,
  mentor,
  claims,
  known,
  scenarioType,
  isFull,
}: {
  due: Due;
  key: string;
  rule: Rule;
  mentor: Mentor;
  claims: readonly Claim[];
  known: Index;
  scenarioType: ScenarioType;
  isFull: boolean;
}): string | null {
  const userId = mentor.user.id;
  for (const preference of known.preferences.get(userId) ?? []) {
    if (preference.scenario_type === scenarioType && !preference.enabled) return 'opted_out';
  }
  if (known.toldKeys.has(key)) return 'already_sent';
  for (const claim of claims) {
    if (claim.state !== 'open' && claim.state !== 'unknown') continue;
    // The same key: the race for the claim is lost already.
    if (claim.occurrence === due.occurrence || claim.idempotency_key === key || rule.cooldown_minutes > 0)
      return 'in_flight';
  }
  const end = cooldownEnd(mentor.told, rule);
  if (end !== null && end > mentor.asOf) return 'cooldown';
  if (isFull) return 'capped';
  if (!(known.devices.get(userId) ?? []).some((device) => !device.invalidated)) return 'no_device_token';
  return null;
}

/** When the pause after the latest record ends; null without a cooldown or a record. */
function cooldownEnd(told: readonly Told[], rule: Rule): Micros | null {
  if (rule.cooldown_minutes === 0) return null;
  let latest: Micros | null = null;
  for (const { triggered_at, dispatched_at } of told) {
    const from = dispatched_at - triggered_at <= TWO_HOURS ? triggered_at : dispatched_at;
    if (latest === null || from > latest) latest = from;
  }
  return latest === null ? null : latest + BigInt(rule.cooldown_minutes) * MINUTE;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

type Index = ReturnType<typeof index>;

function index(audience: Audience) {
  const byUser = <Row extends { user_id: string }>(rows: readonly Row[]) => Map.groupBy(rows, (row) => row.user_id);
  return {
    organizations: new Map(audience.organizations.map((row) => [row.id, row])),
    chapters: new Map(audience.chapters.map((row) => [row.id, row])),
    activities: byUser(audience.activities),
    summaries: byUser(audience.summaries),
    certifications: byUser(audience.certifications),
    devices: byUser(audience.devices),
    preferences: byUser(audience.preferences),
    told: byUser(audience.told),
    toldKeys: new Set(audience.told.map((row) => row.idempotency_key)),
    claims: byUser(audience.claims),
  };
}
