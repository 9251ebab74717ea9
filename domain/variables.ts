import { z } from 'zod';
import { CodedError } from './errors.ts';

/** The variables of a process, as an argument. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable set to nothing means the same as one that is not set. */
export function withoutEmpty(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

export function faultsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

/** Values are not repeated: some are secret. */
export function configError(faults: readonly string[]): CodedError {
  return new CodedError(
    'E_CONFIG',
    `the environment needs a change:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
  );
}

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info');

export const wholeNumber = (least: number, most: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((n) => n >= least && n <= most, `expected a whole number from ${least} to ${most}`)
    .default(fallback);
