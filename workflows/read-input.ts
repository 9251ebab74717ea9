import { workflowInfo } from '@temporalio/workflow';
import { refusal } from '../activities/refusal.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { CodedError } from '../domain/errors.ts';
import { parseInstant } from '../domain/instant.ts';
import { UUID } from '../domain/uuid.ts';

/** What a field may hold; the words stand after "expected". */
export type Field = readonly [isFine: (value: unknown) => boolean, expected: string];
export type Fields<T> = Readonly<Record<keyof T, Field>>;

export const MOST = 2_147_483_647;
const LONGEST_TEXT = 1_000;

export const instant: Field = [
  (value) => typeof value === 'string' && parseInstant(value) !== null,
  'an ISO 8601 instant such as 2026-11-20T09:00:00Z',
];
export const uuid: Field = [(value) => typeof value === 'string' && UUID.test(value), 'a UUID in lower case'];
/** Which there are is known to the activities alone. */
export const scenarioType = text('a scenario type such as inactivity');

const MOST_TYPES = 100;
export const scenarioTypes: Field = [
  (value) => Array.isArray(value) && value.length <= MOST_TYPES && value.every((each) => typeof each === 'string'),
  'a list of scenario types, such as ["inactivity"]',
];

export function whole(least: number, most: number): Field {
  return [
    (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
    `a whole number from ${least} to ${most}`,
  ];
}

export function text(expected: string): Field {
  return [(value) => typeof value === 'string' && value.length > 0 && value.length <= LONGEST_TEXT, expected];
}

export function optional([isFine, expected]: Field): Field {
  return [(value) => value === undefined || isFine(value), expected];
}

/**
 * A workflow's input, as it was given. Throws E_WORKFLOW_INPUT, which is not tried again, for what is no object, for an
 * unknown field and for a value that a field may not hold: an error of another kind would be tried again for ever.
 */
export function readInput<T>(given: unknown, fields: Fields<T>, inside = ''): T {
  if (!isObject(given)) {
    throw wrongInput(
      `${inside && `${inside}: `}expected an object with ${Object.keys(fields).join(', ')}, got ${shown(given)}`,
    );
  }
  const place = inside && `${inside}.`;
  assertKnown(given, Object.keys(fields), (what) => wrongInput(`${place}${what}`));
  for (const [name, [isFine, expected]] of Object.entries<Field>(fields)) {
    if (!isFine(given[name])) throw wrongInput(`${place}${name}: expected ${expected}, got ${shown(given[name])}`);
  }
  return given as T;
}

/** Throws what `wrong` makes of the first unknown field. */
export function assertKnown(given: object, known: readonly string[], wrong: (what: string) => Error): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const expected = known.length > 0 ? `expected some of ${known.join(', ')}` : 'expected nothing';
    throw wrong(`${shortened(key)}: unknown, ${expected}.${didYouMean(key.slice(0, 80), known)}`);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Only a run that continues another may be handed anything. */
export function isContinued(): boolean {
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

export function wrongInput(what: string): Error {
  return refusal(new CodedError('E_WORKFLOW_INPUT', what));
}

/** Who sends a megabyte need not get it back, nor is it to be kept in the history. */
export function shown(value: unknown): string {
  return shortened(String(JSON.stringify(value)));
}

function shortened(words: string): string {
  return words.length > 80 ? `${words.slice(0, 80)}…` : words;
}
