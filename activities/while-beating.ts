import { heartbeat } from '@temporalio/activity';
import { BEAT_EVERY } from '../domain/timing.ts';

/** Tells Temporal each second that this worker lives: what a killed one was at is begun again within seconds. */
export async function whileBeating<T>(work: () => Promise<T>): Promise<T> {
  const beat = setInterval(() => heartbeat(), BEAT_EVERY);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
