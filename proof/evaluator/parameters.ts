export interface InactivityParameters {
  readonly inactive_days: number;
  readonly max_reminders: number | null;
}
export interface MilestoneParameters {
  readonly thresholds: readonly number[];
  readonly summary_max_age_hours: number | null;
}
export interface CertificationExpiryParameters {
  readonly lead_days: readonly number[];
}
export interface WelcomeBackParameters {
  readonly gap_days: number;
  readonly recent_days: number;
}
export interface Parameters {
  readonly inactivity: InactivityParameters;
  readonly milestone: MilestoneParameters;
  readonly certification_expiry: CertificationExpiryParameters;
  readonly welcome_back: WelcomeBackParameters;
}

/** The scenario types that this evaluator has been taught. */
export type KnownType = keyof Parameters;

const LARGEST = 2147483647;

const isInteger = (value: unknown, min: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= LARGEST;
const isList = (value: unknown, min: number): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => isInteger(one, min));
const isAscending = (list: readonly number[]) => list.every((one, at) => at === 0 || one > list[at - 1]!);
const isDistinct = (list: readonly number[]) => list.every((one, at) => list.indexOf(one) === at);

/** What each parameter may be, and what it is when absent. */
const KNOWN: Readonly<
  Record<KnownType, Readonly<Record<string, { absent: unknown; accepts: (value: unknown) => boolean }>>>
> = {
  inactivity: {
    inactive_days: { absent: 30, accepts: (value) => isInteger(value, 1) },
    max_reminders: { absent: 3, accepts: (value) => value === null || isInteger(value, 1) },
  },
  milestone: {
    thresholds: { absent: [50, 100, 200], accepts: (value) => isList(value, 1) && isAscending(value) },
    summary_max_age_hours: { absent: 48, accepts: (value) => value === null || isInteger(value, 1) },
  },
  certification_expiry: {
    lead_days: { absent: [60, 30, 7], accepts: (value) => isList(value, 0) && isDistinct(value) },
  },
  welcome_back: {
    gap_days: { absent: 30, accepts: (value) => isInteger(value, 1) },
    recent_days: { absent: 7, accepts: (value) => isInteger(value, 0) },
  },
};

export function isKnown(scenarioType: string): scenarioType is KnownType {
  return Object.hasOwn(KNOWN, scenarioType);
}

/** The parameters of a rule, those absent filled in; null if they cannot be read. A rule's own messages and link are not judged. */
export function readParameters<T extends KnownType>(scenarioType: T, json: string): Parameters[T] | null {
  const given: unknown = JSON.parse(json);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return null;
  const known = KNOWN[scenarioType];
  const values: Record<string, unknown> = {};
  for (const [name, { absent }] of Object.entries(known)) values[name] = absent;
  for (const [name, value] of Object.entries(given)) {
    if (name === 'messages' || name === 'link') continue;
    if (!known[name]?.accepts(value)) return null;
    values[name] = value;
  }
  return values as unknown as Parameters[T];
}
