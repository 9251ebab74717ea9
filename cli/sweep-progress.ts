import type { WriteStream } from 'node:tty';
import type { SweepHandle } from '../client/sweeps.ts';
import type { SweepProgress } from '../workflows/sweep-messages.ts';

const EVERY_MS = 500;

/** One line that keeps up with a sweep on a terminal; elsewhere a line whenever it has moved. Returns how to end it. */
export function followProgress(handle: Pick<SweepHandle, 'query'>, out: WriteStream | NodeJS.WriteStream): () => void {
  const isTerminal = 'isTTY' in out && out.isTTY;
  let last = '';
  let ended = false;
  const tick = async () => {
    const text = await handle.query<SweepProgress, []>('progress').then(describeProgress, () => last);
    if (ended || text === last) return;
    last = text;
    out.write(isTerminal ? `\r\x1b[2K${text}` : `${text}\n`);
  };
  const timer = setInterval(() => void tick(), EVERY_MS);
  return () => {
    ended = true;
    clearInterval(timer);
    if (isTerminal) out.write('\r\x1b[2K');
  };
}

export function describeProgress({ state, planned, done, failed, scenarios }: SweepProgress): string {
  const counts = Object.values(scenarios);
  const sum = (pick: (c: (typeof counts)[number]) => number) => counts.reduce((total, c) => total + pick(c), 0);
  return [
    `${state}: ${done} of ${planned} batches`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${sum((c) => c.candidates)} candidates`,
    `${sum((c) => c.claimed)} claimed`,
    `${sum((c) => c.sent)} sent`,
  ].join(', ');
}
