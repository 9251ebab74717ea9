import { createInterface } from 'node:readline/promises';
import { Option } from 'commander';
import { CodedError, UsageError } from '../domain/errors.ts';

interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

export function yesOption(): Option {
  return new Option('--yes', 'do not ask; needed where there is no terminal').default(false);
}

/**
 * Asks on the terminal whether to do `what`, unless `yes` says so already. Throws E_NOT_CONFIRMED: misuse where there is
 * nobody to ask, else where the answer was not "yes". The question goes to standard error: results go elsewhere.
 */
export async function confirm(
  what: string,
  yes: boolean,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (yes) return;
  if (!input.isTTY) {
    throw new UsageError('E_NOT_CONFIRMED', `${what}: there is no terminal to ask at`, {
      fix: 'add --yes if that is what you want',
    });
  }
  if (await isYes(`${what}. Type "yes" to go on: `, input, output)) return;
  throw new CodedError('E_NOT_CONFIRMED', 'nothing was changed: the answer was not "yes"');
}

async function isYes(question: string, input: Terminal['input'], output: Terminal['output']): Promise<boolean> {
  const terminal = createInterface({ input, output });
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    // A question is never answered once its terminal is closed (Ctrl-D).
    const answer = await Promise.race([terminal.question(question), closed]);
    return answer.trim().toLowerCase() === 'yes';
  } finally {
    terminal.close();
  }
}
