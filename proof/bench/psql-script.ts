import pg from 'pg';
import { CodedError } from '../../domain/errors.ts';
import type { RecordedStatement } from './record-statements.ts';

/** A parameter that is a psql variable when the script runs. */
export const variable = (name: string): string => `@psql:${name}`;
const VARIABLE = /^@psql:(\w+)$/;

/** Arrays of one value that stand for as many as there are rows: by the name of the psql variable that holds them. */
export type Repeated = Map<string, string>;

/** A statement with literals for its parameters, as psql takes it. With `repeated`, an array of one stands for a whole page. */
export function bare({ sql, parameters }: RecordedStatement, repeated?: Repeated): string {
  return sql.replaceAll(/\$(\d+)/g, (_, n: string) => literal(parameters[Number(n) - 1], repeated)).trimEnd();
}

function literal(value: unknown, repeated?: Repeated): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return `'${value.toISOString()}'`;
  if (typeof value === 'string') {
    const name = VARIABLE.exec(value)?.[1];
    return name ? `:'${name}'` : pg.escapeLiteral(value);
  }
  if (!Array.isArray(value)) throw new TypeError(`no literal for a parameter of type ${typeof value}`);
  const [only] = value as unknown[];
  const element = literal(only);
  if (value.length === 1 && element.startsWith(':')) return element;
  if (!repeated || value.length !== 1) return `array[${value.map((each) => literal(each)).join(', ')}]`;
  if (!repeated.has(element)) repeated.set(element, `repeated_${repeated.size + 1}`);
  return `:'${repeated.get(element)!}'`;
}

/** The same statement, its rows folded into one: of each column its aggregate, as text, under the column's name. */
export function folded(sql: string, columns: Readonly<Record<string, string>>, repeated: Repeated): string {
  const at = finalSelect(sql);
  const aggregates = [
    ...Object.entries(columns).map(([name, expression]) => `(${expression})::text as ${name}`),
    ...[...repeated].map(([element, name]) => `array_agg(${element}::text)::text as ${name}`),
  ];
  return `${sql.slice(0, at).trimEnd()}\n, page_rows as (\n${sql.slice(at)}\n)\nselect ${aggregates.join(', ')} from page_rows`;
}

/** Where the outermost SELECT of `with … select` begins. */
function finalSelect(sql: string): number {
  let [depth, found] = [0, -1];
  for (const token of sql.matchAll(/--[^\n]*|'[^']*'|[()]|\bselect\b/gi)) {
    if (token[0] === '(') depth++;
    else if (token[0] === ')') depth--;
    else if (depth === 0 && token[0].toLowerCase() === 'select') found = token.index;
  }
  if (found < 0) throw new CodedError('E_BENCH_FLOOR', `expected "with … select", got ${sql.slice(0, 80)}`);
  return found;
}
