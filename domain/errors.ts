/**
 * The one way to say what went wrong: what is read is `E_CODE: what is wrong; fix`. docs/errors.md explains each code.
 */
export class CodedError extends Error {
  override readonly name: string = 'CodedError';
  /** Stable: what a program asks for. */
  readonly code: `E_${string}`;
  /** What to do. Absent where nothing can be done, or where `wrong` says itself what was expected. */
  readonly fix: string | undefined;

  /** A fix stands on a line of its own after something of several lines, such as the end of a log. */
  constructor(code: CodedError['code'], wrong: string, options: { fix?: string; cause?: unknown } = {}) {
    const { fix } = options;
    super(`${code}: ${wrong}${fix === undefined ? '' : `${wrong.includes('\n') ? '\n' : '; '}${fix}`}`, options);
    this.code = code;
    this.fix = fix;
  }
}

/** The caller asked for something that cannot be: exit code 2. */
export class UsageError extends CodedError {
  override readonly name = 'UsageError';
}

/** By shape: errors come from several realms, and the repository's has a class of its own. */
export function isCoded(error: unknown): error is Error & Pick<CodedError, 'code'> {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return typeof message === 'string' && typeof code === 'string' && code.startsWith('E_');
}
