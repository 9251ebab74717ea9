import { z } from 'zod';
import { wholeNumber } from '../domain/variables.ts';

const FORM = 'expected postgres://user:password@host:port/database';

/**
 * What is wrong with a connection string, in words that repeat nothing of it; null = nothing.
 *
 * A password with / ? or # that is not encoded ends where that character is, and what follows its last @ is taken for the
 * host, whose name every error of the network repeats. So nothing behind the host may hold an @ or a #.
 */
export function connectionStringFault(text: string): string | null {
  const [, behindHost = ''] = /^postgres(?:ql)?:\/\/[^/?#]*(.*)$/is.exec(text) ?? [];
  if (/[@#]/.test(behindHost)) {
    return `${FORM}, with / ? # and @ in its parts written as %2F %3F %23 and %40`;
  }
  return /^postgres(ql)?:\/\//i.test(text) && URL.canParse(text) ? null : FORM;
}

/** `DATABASE_URL`, as part of what a process reads from its environment. */
export const databaseUrl = z.string({ error: `${FORM}, it is not set` }).superRefine((text, context) => {
  const fault = connectionStringFault(text);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
});

/** `DATABASE_CONNECTIONS`: how many of them a process has at most. */
export const databaseConnections = (fallback: number) => wholeNumber(2, 1_000, fallback);
