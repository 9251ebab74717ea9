import { readFileSync } from 'node:fs';
import { CompiledQuery } from 'kysely';

export type SqlParameters = Readonly<Record<string, unknown>>;

/** A statement from `db/sql`, waiting for its parameters. */
export type SqlStatement<Row> = (parameters: SqlParameters) => CompiledQuery<Row>;

/** By text as PostgreSQL gets it. */
const statementNames = new Map<string, string>();

const folder = new URL('./sql/', import.meta.url);

/** The text of one or more files in `db/sql` (no extension), in order. */
export function readSql(...names: readonly string[]): string {
  return names.map((name) => readFileSync(new URL(`${name}.sql`, folder), 'utf8')).join('\n');
}

/**
 * Makes a statement of SQL whose parameters are written as psql writes them, `:'name'`, so that the same file runs bare
 * with `psql -v name=value`. A parameter that is not given, or given and not used, is a mistake and throws.
 */
export function statement<Row = Record<string, unknown>>(text: string, name?: string): SqlStatement<Row> {
  const names: string[] = [];
  const numbered = text.replaceAll(/:'([a-z_]+)'/g, (_, name: string) => {
    const known = names.indexOf(name);
    return `$${known >= 0 ? known + 1 : names.push(name)}`;
  });
  if (name) statementNames.set(numbered, name);
  return (parameters) => {
    const given = Object.keys(parameters);
    const wrong = [...names.filter((n) => !given.includes(n)), ...given.filter((n) => !names.includes(n))];
    if (wrong.length > 0) throw new TypeError(`SQL parameters missing or not used: ${wrong.join(', ')}`);
    return CompiledQuery.raw(
      numbered,
      names.map((name) => parameters[name]),
    ) as CompiledQuery<Row>;
  };
}

export function statementFromFile<Row = Record<string, unknown>>(...names: readonly string[]): SqlStatement<Row> {
  return statement<Row>(readSql(...names), names.at(-1));
}

/** What a statement made here is called: the file that says what is done. For those who watch a database. */
export function statementName(sqlText: string): string | undefined {
  return statementNames.get(sqlText);
}
