import type { LiveProgress } from '../answers/live-progress.ts';
import type { SweepHandle } from '../client/sweeps.ts';
import { describeBraked } from '../domain/brake.ts';
import type { SweepProgress } from '../workflows/sweep-messages.ts';
import { paint } from './paint.ts';

const EVERY_MS = 500;
/** Where lines stay, counts alone are worth no more than this. */
const PLAIN_EVERY_MS = 10_000;
const BAR = 24;

/** A sweep's own answer, or that with the counts of now. */
type Progress = SweepProgress & Partial<Pick<LiveProgress, 'share'>>;
type Terminal = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/**
 * On a terminal one line that keeps up with a sweep, with a bar, rates and the time that is left; elsewhere a plain line
 * whenever a batch has ended, and from time to time in between. `count` puts in the counts of now. Returns how to end it:
 * to be awaited before the connection is closed, for a query that is tried again on a closed one ends the process.
 */
export function followProgress(
  handle: Pick<SweepHandle, 'query'>,
  out: Terminal,
  count: (progress: SweepProgress) => Promise<Progress> = async (progress) => progress,
): () => Promise<void> {
  const pace = new Pace();
  let last = '';
  let own = '';
  let writtenAt = 0;
  let ended = false;
  let asking: Promise<void> | null = null;
  const tick = async () => {
    const said = await handle.query<SweepProgress, []>('progress').catch(() => null);
    if (ended || !said) return;
    const progress = await count(said);
    if (ended) return;
    const now = performance.now();
    const hasMoved = own !== describeProgress(said);
    if (!out.isTTY && !hasMoved && now - writtenAt < PLAIN_EVERY_MS) return;
    own = describeProgress(said);
    writtenAt = now;
    const text = out.isTTY ? drawProgress(progress, pace.at(progress, now), out) : describeProgress(progress);
    if (text === last) return;
    last = text;
    out.write(out.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
  };
  const timer = setInterval(() => {
    asking ??= tick().finally(() => (asking = null));
  }, EVERY_MS);
  return async () => {
    ended = true;
    clearInterval(timer);
    if (out.isTTY) out.write('\r\x1b[2K');
    await asking;
  };
}

export function describeProgress({ state, planned, done, failed, braked = {}, scenarios }: SweepProgress): string {
  const counts = Object.values(scenarios);
  const sum = (pick: (c: (typeof counts)[number]) => number) => counts.reduce((total, c) => total + pick(c), 0);
  return [
    `${state}: ${done} of ${planned} batches`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${sum((c) => c.candidates)} candidates`,
    `${sum((c) => c.claimed)} claimed`,
    `${sum((c) => c.sent)} sent`,
    ...(sum((c) => c.deferred) > 0 ? [`${sum((c) => c.deferred)} deferred`] : []),
    ...(sum((c) => c.withdrawn) > 0 ? [`${sum((c) => c.withdrawn)} withdrawn`] : []),
    ...Object.entries(braked).map(([type, brake]) => `${type} braked: ${describeBraked(brake)}`),
  ].join(', ');
}

export interface PaceReading {
  /** Null until something has moved. */
  readonly sentPerSecond: number | null;
  readonly secondsLeft: number | null;
}

/** How fast a sweep is, since it was first looked at; time in which it is paused does not count. */
export class Pace {
  #first: { readonly share: number; readonly sent: number } | null = null;
  #runningMs = 0;
  #lastMs = 0;

  /** `now` in milliseconds from any origin. */
  at(progress: Progress, now: number): PaceReading {
    const { state, scenarios } = progress;
    const share = shareOf(progress);
    const sent = Object.values(scenarios).reduce((total, c) => total + c.sent, 0);
    if (this.#first && state !== 'paused' && state !== 'braked') this.#runningMs += now - this.#lastMs;
    this.#lastMs = now;
    this.#first ??= { share, sent };
    const seconds = this.#runningMs / 1_000;
    const moved = share - this.#first.share;
    if (seconds === 0 || moved <= 0) return { sentPerSecond: null, secondsLeft: null };
    return { sentPerSecond: (sent - this.#first.sent) / seconds, secondsLeft: ((1 - share) / moved) * seconds };
  }
}

/** One line, cut to the terminal's width: a line that wraps cannot be taken back. */
export function drawProgress(progress: Progress, { sentPerSecond, secondsLeft }: PaceReading, out: Terminal): string {
  const { state } = progress;
  const share = shareOf(progress);
  const full = Math.round(share * BAR);
  const text = [
    `${String(Math.floor(share * 100)).padStart(3)} %`,
    describeProgress(progress),
    ...(sentPerSecond === null ? [] : [`${Math.round(sentPerSecond)}/s`]),
    ...(state === 'running' && secondsLeft !== null ? [`${duration(secondsLeft)} left`] : []),
  ].join('  ');
  const room = Math.max(0, (out.columns ?? 80) - BAR - 2);
  return `${paint(state === 'running' ? 'green' : 'yellow', '█'.repeat(full), out)}${'░'.repeat(BAR - full)} ${text.slice(0, room)}`;
}

function shareOf({ share, planned, done, failed }: Progress): number {
  return share ?? (planned === 0 ? 0 : (done + failed) / planned);
}

/** `42 s`, `3 min 5 s`, `2 h 4 min`. */
function duration(seconds: number): string {
  const s = Math.ceil(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
}
