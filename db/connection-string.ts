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
