/** When a sweep of a scenario type is braked: see docs/decisions/0011-the-brake.md. */
export interface Brake {
  /** Times the median of the type's latest finished sweeps, 1..1000. @default 3 */
  readonly factor: number;
  /** So many notifications are never braked, 0 or more. @default 100 */
  readonly minimum: number;
}

/** `false`: nothing is braked. */
export type BrakeSetting = Partial<Brake> | false;

export const DEFAULT_BRAKE: Brake = { factor: 3, minimum: 100 };

export const BRAKE_EXPECTED =
  'false, or an object such as {"factor": 3, "minimum": 100} with a factor from 1 to 1000 and a whole minimum, 0 or more';

const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  factor: (value) => typeof value === 'number' && value >= 1 && value <= 1_000,
  minimum: (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 2_147_483_647,
};

export function isBrakeSetting(value: unknown): value is BrakeSetting {
  if (value === false) return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, given]) => Object.hasOwn(FIELDS, name) && FIELDS[name]!(given));
}

/**
 * `undecided`: too little of the sweep is evaluated to tell. `clear`: it is sent. `braked`: nothing of it leaves until
 * somebody answers. `released`: somebody had it sent. `withdrawn`: somebody stopped it, or nobody answered in time.
 */
export type BrakeState = 'undecided' | 'clear' | 'braked' | 'released' | 'withdrawn';

/** What progress and runs say of a type that is braked. */
export interface Braked {
  /** About how many notifications there are; exact once every batch is evaluated. */
  readonly expected: number;
  /** The median of the latest finished sweeps; where there are none, a tenth of the mentors evaluated. */
  readonly usual: number;
  /** How many finished sweeps that is the median of, at most ten. */
  readonly sweeps: number;
  /** ISO instant at which it is withdrawn unless somebody answers. */
  readonly until: string;
}

/** `about 4812 instead of 130, the median of the last 10 sweeps`. */
export function describeBraked({ expected, usual, sweeps }: Braked): string {
  const measure =
    sweeps === 0
      ? 'a tenth of the mentors evaluated, for there is no finished sweep to compare with'
      : sweeps === 1
        ? 'as in the last sweep'
        : `the median of the last ${sweeps} sweeps`;
  return `about ${expected} instead of ${usual}, ${measure}`;
}
