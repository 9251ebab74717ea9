import type { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

const KINDS: Readonly<Record<string, string>> = {
  number: 'a whole number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
const FORMATS: Readonly<Record<string, string>> = { uuid: 'a UUID', date: 'a date such as 2026-11-20' };
const LONGEST = 60;

/** For `safeParse`, in place of the library's own words: `expected a whole number, got "soon"`. */
export const withValue = (issue: Issue): string => `${what(issue)}, ${got(issue)}`;

/** The same for what may be a secret: `expected a whole number`. */
export const withoutValue = (issue: Issue): string =>
  issue.input === undefined ? `${what(issue)}, ${got(issue)}` : what(issue);

function what(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return `expected ${FORMATS[issue.format] ?? `a ${issue.format}`}`;
    case 'too_small':
      return `expected ${issue.minimum} ${issue.origin === 'array' ? 'or more entries' : 'or more'}`;
    case 'too_big':
      return `expected ${issue.origin === 'array' ? `at most ${issue.maximum} entries` : `${issue.maximum} or less`}`;
    case 'unrecognized_keys':
      return `expected no ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
    default:
      return 'expected something else';
  }
}

function got({ input, code }: Issue): string {
  if (input === undefined) return 'it is missing';
  if (code === 'unrecognized_keys') return 'there is no such field';
  const text = JSON.stringify(input);
  return `got ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}
