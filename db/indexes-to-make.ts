import { type Kysely, sql } from 'kysely';
import type { Database } from './tables.ts';
import { migrationStatus } from './migrate.ts';
import { MIGRATIONS, readMigrations } from './migration-files.ts';
import { statementFromFile } from './sql-file.ts';

/** `columns` where the migration leaves it at any index that begins with them. `definition` follows the table's name. */
interface WantedIndex {
  readonly name: string;
  readonly table: string;
  readonly unique: boolean;
  readonly columns: readonly string[] | null;
  readonly definition: string;
}

const CREATED = /create (unique )?index (?:if not exists )?(\w+)\s+on public\.(\w+) ([^;]+);/g;
const NEEDED = /need_index\('(\w+)', '(\w+)',\s+array\[([^\]]+)\](?:, '([^']*)')?\)/g;
const DROPPED = /drop index (?:if exists )?public\.(\w+)/g;

const missingIndexes = statementFromFile<{ name: string; broken: boolean }>('indexes-missing');

/**
 * Statements that make, without holding up writes, the indexes that pending migrations would make on tables that are
 * there. A migration runs in a transaction, where `concurrently` is not possible, and leaves an index that it finds.
 * Left out is what needs a column that a migration adds. Changes nothing; needs the right to make temporary tables.
 */
export async function indexesToMake(db: Kysely<Database>, folder: URL = MIGRATIONS): Promise<string[]> {
  const wanted = await pendingIndexes(db, folder);
  const { rows: missing } = await db.executeQuery(
    missingIndexes({ wanted: JSON.stringify(wanted.map(({ name, table, columns }) => ({ name, table, columns }))) }),
  );
  const byName = new Map(wanted.map((index) => [index.name, index]));
  const needed = missing.map(({ name, broken }) => ({ ...byName.get(name)!, broken }));
  const possible = await thatCanBeMade(db, needed);
  return possible.flatMap(({ name, table, unique, definition, broken }) => [
    ...(broken ? [`drop index concurrently public.${name};`] : []),
    `create ${unique ? 'unique ' : ''}index concurrently if not exists ${name} on public.${table} ${definition};`,
  ]);
}

async function pendingIndexes(db: Kysely<Database>, folder: URL): Promise<WantedIndex[]> {
  const pending = new Set(
    (await migrationStatus(db, folder)).filter(({ appliedBy }) => appliedBy === null).map(({ name }) => name),
  );
  const wanted = new Map<string, WantedIndex>();
  for (const { up } of readMigrations(folder).filter(({ name }) => pending.has(name))) {
    for (const index of indexesOf(up)) wanted.set(index.name, index);
    for (const [, name] of up.matchAll(DROPPED)) wanted.delete(name!);
  }
  return [...wanted.values()];
}

function indexesOf(up: string): WantedIndex[] {
  const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  const created = [...up.matchAll(CREATED)].map(([, unique, name, table, definition]) => ({
    name: name!,
    table: table!,
    unique: unique !== undefined,
    columns: null,
    definition: oneLine(definition!),
  }));
  const needed = [...up.matchAll(NEEDED)].map(([, name, table, list, rest]) => {
    const columns = [...list!.matchAll(/\w+/g)].map(([column]) => column);
    return {
      name: name!,
      table: table!,
      unique: false,
      columns,
      definition: oneLine(`(${columns.join(', ')}) ${rest ?? ''}`),
    };
  });
  return [...created, ...needed];
}

/** Those that PostgreSQL makes on an empty table of the same columns. All of it is rolled back. */
async function thatCanBeMade<T extends WantedIndex>(db: Kysely<Database>, indexes: readonly T[]): Promise<T[]> {
  const undefinedColumn = '42703';
  const possible: T[] = [];
  const transaction = await db.startTransaction().execute();
  try {
    for (const table of new Set(indexes.map((index) => index.table)))
      await sql`create temporary table ${sql.id(table)} (like public.${sql.id(table)})`.execute(transaction);
    for (const index of indexes) {
      const tried = await transaction.savepoint('tried').execute();
      try {
        await sql`create index on pg_temp.${sql.id(index.table)} ${sql.raw(index.definition)}`.execute(tried);
        possible.push(index);
      } catch (error) {
        if ((error as { code?: string }).code !== undefinedColumn) throw error;
      }
      await tried.rollbackToSavepoint('tried').execute();
    }
  } finally {
    await transaction.rollback().execute();
  }
  return possible;
}
