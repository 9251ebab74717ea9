import type { ConsoleContext } from '../env.ts';
import { notFound } from '../failure-pages.ts';

/** What is the operator's alone is not there for anybody else. */
export async function forOperators(c: ConsoleContext, next: () => Promise<void>): Promise<void> {
  return c.get('reader').kind === 'operator' ? next() : notFound();
}
