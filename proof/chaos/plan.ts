import type { FaultRates } from '../../local/fcm-emulator/faults.ts';
import { between, randomStream, weighted, type Random } from '../../local/sample-data/random.ts';
import { POINTS, type ArmedPoint, type Timing } from './settings.ts';

export type Policy = 'resend' | 'hold';
/** Which sweeps run at the same time. */
export type Sweeps = 'one' | 'twice' | 'four' | 'two instants' | 'schedule';

/** Statements of which the answer is lost, and what they contain. */
export const LOSABLE = {
  commit: /\bcommit\b/i,
  begin: /insert into delivery_attempts/,
  learn: /with learned as/,
  settle: /insert into scenario_notifications/,
} as const;
export type Losable = keyof typeof LOSABLE;

/** What happens so many milliseconds after the sweeps have been started. */
export type TimedFault = { readonly atMs: number } & (
  | { readonly kind: 'worker killed' | 'emulator killed' | 'postgres restarted' | 'postgres crashed' }
  | {
      readonly kind:
        | 'worker frozen'
        | 'temporal restarted'
        | 'temporal killed'
        | 'database slow'
        | 'push service away'
        | 'sending halted';
      readonly forMs: number;
    }
  /** Every answer is 503, with so many seconds of Retry-After. */
  | { readonly kind: 'push service out'; readonly forMs: number; readonly retryAfter: number }
  | { readonly kind: 'push service slow'; readonly forMs: number; readonly latencyMs: number }
  /** One worker is killed every so many milliseconds. */
  | { readonly kind: 'crash loop'; readonly forMs: number; readonly everyMs: readonly [least: number, most: number] }
  | { readonly kind: 'opted out' | 'deactivated' | 'active again'; readonly mentors: number }
  | {
      readonly kind: 'backends terminated' | 'connections cut' | 'batch terminated' | 'token deleted' | 'token rotated';
    }
  | { readonly kind: 'answer lost'; readonly to: Losable }
);

/** A run as its seed says: with the same seed the same faults are laid out. */
export interface RunPlan {
  readonly seed: number;
  readonly policy: Policy;
  readonly timing: Timing;
  readonly workers: number;
  readonly concurrency: number;
  readonly latencyMs: number;
  readonly mentorsPerBatch: number;
  /** Batches in flight of each sweep. */
  readonly sweepConcurrency: number;
  readonly sweeps: Sweeps;
  /** What takes up a batch that was ended by force: the same sweep again, or the workflow that looks for such batches. */
  readonly afterForce: 'sweep again' | 'settle stranded';
  readonly points: readonly ArmedPoint[];
  readonly timed: readonly TimedFault[];
  readonly rates: FaultRates;
  /** Devices whose first answer is 429 with Retry-After. */
  readonly quotaWithRetryAfter: number;
}

/** Runs with the service's own times take minutes: one in so many. */
const PRODUCT_TIMING_EVERY = 12;

export function planRun(seed: number, policy: Policy): RunPlan {
  const random = randomStream(seed, 0);
  const timing: Timing = seed % PRODUCT_TIMING_EVERY === 0 ? 'product' : 'short';
  // Shorter than a heartbeat's time-out, than the grace for a holder that may live, and longer than both.
  const freezes = timing === 'short' ? [800, 3_000, 7_000] : [3_000, 8_000, 36_000];
  const freezeMs = () => oneOf(random, freezes);
  const points = pointsOf(random, freezeMs);
  const sweeps = oneOf<Sweeps>(random, ['one', 'twice', 'four', 'two instants', 'schedule']);
  return {
    seed,
    policy,
    timing,
    workers: between(random, 2, 3),
    concurrency: oneOf(random, [4, 20, 100]),
    latencyMs: oneOf(random, [10, 40, 80]),
    mentorsPerBatch: sweeps === 'four' ? 30 : oneOf(random, [45, 70, 130]),
    sweepConcurrency: sweeps === 'four' ? 8 : 6,
    sweeps,
    afterForce: oneOf(random, ['sweep again', 'settle stranded'] as const),
    points,
    timed: [...timedFaults(random, freezeMs), ...weatherOf(random, timing)].toSorted((a, b) => a.atMs - b.atMs),
    rates: ratesOf(random, timing),
    quotaWithRetryAfter: between(random, 0, 2),
  };
}

/** Two sweeps, two kills at named points and one at any time, a lost answer, opt-outs and a push service that misbehaves. */
export function planQuickRun(seed: number, policy: Policy): RunPlan {
  const plan = planRun(seed, policy);
  const random = randomStream(seed, 3);
  const most = 0.02;
  return {
    ...plan,
    timing: 'short',
    workers: 2,
    concurrency: 20,
    latencyMs: 20,
    mentorsPerBatch: 130,
    sweepConcurrency: 6,
    sweeps: 'twice',
    points: Array.from({ length: 2 }, (_, i) => ({
      id: `point-${i + 1}`,
      point: oneOf(random, POINTS),
      skip: 0,
      action: 'kill' as const,
      freezeMs: 0,
    })),
    timed: [
      { kind: 'answer lost', atMs: 0, to: oneOf<Losable>(random, ['commit', 'begin', 'learn', 'settle']) },
      { kind: 'worker killed', atMs: between(random, 300, 900) },
      ...peopleOf(random, 4),
    ],
    rates: {
      reset_after_accept: most,
      unavailable: most,
      unavailable_but_delivered: most,
      truncated: most,
      unregistered: most,
    },
  };
}

function pointsOf(random: Random, freezeMs: () => number): ArmedPoint[] {
  return Array.from({ length: between(random, 3, 4) }, (_, i) => ({
    id: `point-${i + 1}`,
    point: oneOf(random, POINTS),
    skip: between(random, 0, 3),
    action: random() < 0.65 ? ('kill' as const) : ('freeze' as const),
    freezeMs: freezeMs(),
  }));
}

const TIMED: readonly { readonly weight: number; readonly make: (atMs: number, random: Random) => TimedFault }[] = [
  { weight: 2, make: (atMs) => ({ kind: 'postgres restarted', atMs }) },
  { weight: 2, make: (atMs) => ({ kind: 'postgres crashed', atMs }) },
  { weight: 4, make: (atMs) => ({ kind: 'backends terminated', atMs }) },
  { weight: 3, make: (atMs) => ({ kind: 'connections cut', atMs }) },
  { weight: 2, make: (atMs, random) => ({ kind: 'database slow', atMs, forMs: between(random, 200, 1_500) }) },
  { weight: 1, make: (atMs, random) => ({ kind: 'temporal restarted', atMs, forMs: between(random, 0, 1_500) }) },
  { weight: 2, make: (atMs, random) => ({ kind: 'temporal killed', atMs, forMs: between(random, 0, 1_500) }) },
  { weight: 4, make: (atMs) => ({ kind: 'emulator killed', atMs }) },
  { weight: 2, make: (atMs) => ({ kind: 'batch terminated', atMs }) },
];

function timedFaults(random: Random, freezeMs: () => number): TimedFault[] {
  const at = () => between(random, 100, 3_500);
  return [
    { kind: 'worker killed' as const, atMs: at() },
    random() < 0.5
      ? { kind: 'worker killed' as const, atMs: at() }
      : { kind: 'worker frozen' as const, atMs: at(), forMs: freezeMs() },
    {
      kind: 'answer lost' as const,
      atMs: between(random, 0, 800),
      to: oneOf<Losable>(random, ['commit', 'begin', 'learn', 'settle']),
    },
    { kind: 'token deleted' as const, atMs: between(random, 300, 1_500) },
    { kind: 'token rotated' as const, atMs: between(random, 300, 1_500) },
    ...Array.from({ length: between(random, 2, 4) }, () => weighted(random, TIMED).make(at(), random)),
  ].toSorted((a, b) => a.atMs - b.atMs);
}

/** What is ordinary over months, within one run: it gets worse for a while and better again. */
function weatherOf(random: Random, timing: Timing): TimedFault[] {
  const short = timing === 'short';
  const at = () => between(random, 100, 2_500);
  const lasts = () => (short ? between(random, 2_000, 12_000) : between(random, 45_000, 120_000));
  const all: readonly (() => TimedFault)[] = [
    () => ({ kind: 'push service out', atMs: at(), forMs: lasts(), retryAfter: short ? between(random, 1, 3) : 20 }),
    () => ({ kind: 'push service away', atMs: at(), forMs: lasts() }),
    () => ({ kind: 'push service slow', atMs: at(), forMs: lasts(), latencyMs: between(random, 300, 2_000) }),
    () => ({ kind: 'crash loop', atMs: at(), forMs: short ? 8_000 : 30_000, everyMs: [750, 2_250] }),
    () => ({ kind: 'crash loop', atMs: at(), forMs: short ? 16_000 : 60_000, everyMs: [4_000, 12_000] }),
    () => ({ kind: 'sending halted', atMs: at(), forMs: between(random, 500, 5_000) }),
  ];
  return [
    ...peopleOf(random, between(random, 3, 8)),
    oneOf(random, all)(),
    ...(random() < 0.3 ? [oneOf(random, all)()] : []),
  ];
}

function peopleOf(random: Random, times: number): TimedFault[] {
  return Array.from({ length: times }, () => ({
    kind: oneOf(random, ['opted out', 'opted out', 'deactivated', 'active again'] as const),
    atMs: between(random, 100, 2_500),
    mentors: between(random, 2, 6),
  }));
}

function ratesOf(random: Random, timing: Timing): FaultRates {
  const most = oneOf(random, [0, 0.01, 0.03, 0.08]);
  const share = () => Math.round(random() * most * 1_000) / 1_000;
  return {
    reset_after_accept: share(),
    truncated: share(),
    cut_off: share(),
    empty: share(),
    hang: share() / 4,
    hang_but_delivered: share() / 4,
    unavailable: share(),
    unavailable_but_delivered: share(),
    internal: share(),
    bad_gateway: share(),
    // Each of these stops all sending for a while.
    quota: timing === 'short' ? share() / 8 : 0,
    third_party_auth: share() / 8,
    invalid_argument: share() / 2,
    sender_mismatch: share() / 2,
    unregistered: share() / 2,
    gone: share() / 2,
  };
}

function oneOf<T>(random: Random, all: readonly T[]): T {
  return all[between(random, 0, all.length - 1)]!;
}
