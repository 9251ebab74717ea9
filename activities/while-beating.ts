import { heartbeat } from '@temporalio/activity';
import { SECOND } from '../domain/durations.ts';

/** Tells Temporal each second that this worker lives: what a killed one was at is begun again within half a minute. */
export async function whileBeating<T>(work: () => Promise<T>): Promise<T> {
  const beat = setInterval(() => heartbeat(), SECOND);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
