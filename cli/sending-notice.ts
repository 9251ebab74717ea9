import { setTimeout as sleep } from 'node:timers/promises';
import type { Halt } from '../db/halts.ts';
import { currentHalt } from '../db/halts.ts';
import { localTime } from './local-time.ts';
import { withDatabase } from './with-database.ts';

const EVERY_MS = 5_000;

/** `all sending is halted since 20 November, 10:00 in Oslo: "wrong text"`. */
export function describeHalt({ note, started_at }: Halt): string {
  return `all sending is halted since ${localTime(started_at)}: "${note}"`;
}

/** For commands that show or start what a halt keeps from being sent. */
export function haltNotice(halt: Halt): string {
  return `${describeHalt(halt)}; nothing is sent until "scenario-push halt --end"`;
}

/**
 * Says on `out` that sending is halted, now and whenever that changes. For commands that need no database: without one,
 * or while it does not answer, nothing is said. Returns how to end it.
 */
export function noticeHalts(out: NodeJS.WritableStream & { readonly isTTY?: boolean }): () => Promise<void> {
  const ended = new AbortController();
  let last: Halt | null = null;
  const say = (text: string) => out.write(`${out.isTTY ? '\r\x1b[2K' : ''}${text}\n`);
  const watching = withDatabase(async ({ db }) => {
    while (!ended.signal.aborted) {
      const halt = await currentHalt(db).catch(() => last);
      if (halt && halt.started_at.getTime() !== last?.started_at.getTime()) say(haltNotice(halt));
      if (!halt && last) say('the halt has ended; sending goes on within half a minute');
      last = halt;
      await sleep(EVERY_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  }).catch(() => {});
  return () => {
    ended.abort();
    return watching;
  };
}

/** Says once on standard error that sending is halted. As {@link noticeHalts}, never fails. */
export async function noticeHalt(): Promise<void> {
  await withDatabase(async ({ db }) => {
    const halt = await currentHalt(db);
    if (halt) process.stderr.write(`${haltNotice(halt)}\n`);
  }).catch(() => {});
}
