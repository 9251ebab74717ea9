import type pg from 'pg';
import { EXPECTED } from './expected.ts';
import { VIEWERS, type Viewer, type ViewerName } from './viewers.ts';
import { TABLES, type TableRows } from './world.ts';

export const COMMANDS = ['select', 'insert', 'update', 'delete', 'give'] as const;
export type Command = (typeof COMMANDS)[number];
type Outcome = 'denied' | 'nothing' | 'done';

/** A line for each viewer of a table, as it should be and as it is; and how many cells were tried. */
export interface TableResult {
  readonly expected: readonly string[];
  readonly actual: readonly string[];
  readonly cells: number;
}

/** Tries every cell of a table. In a transaction of the caller's, which is left as it was. */
export async function tryTable(client: pg.PoolClient, name: string): Promise<TableResult> {
  const table = TABLES[name]!;
  let cells = 0;
  const actual: string[] = [];
  for (const [viewer, who] of Object.entries<Viewer>(VIEWERS)) {
    const columns: string[] = [];
    for (const command of COMMANDS) {
      const outcomes = new Map<string, Outcome>();
      for (const [label, statement] of statementsOf(name, table, command)) {
        outcomes.set(label, await outcomeOf(client, who, statement));
        cells++;
      }
      columns.push(summaryOf(outcomes));
    }
    actual.push(lineOf(viewer, columns));
  }
  return { expected: expectedLines(name), actual, cells };
}

export function expectedLines(table: string): string[] {
  const rights = EXPECTED[table] ?? {};
  return Object.keys(VIEWERS).map((viewer) =>
    lineOf(viewer, rights[viewer as ViewerName]?.trim().split(/\s+/) ?? COMMANDS.map(() => '-')),
  );
}

function lineOf(viewer: string, columns: readonly string[]): string {
  return `${viewer}: ${COMMANDS.map((command, n) => `${command} ${columns[n]}`).join(', ')}`;
}

/** By label. A row is given to each label from whatever rows the viewer can reach. */
function statementsOf(name: string, table: TableRows, command: Command): [label: string, statement: string][] {
  const { give } = table;
  return Object.entries(table.rows).flatMap(([label, where]): [string, string][] => {
    switch (command) {
      case 'select':
        return [[label, `select from ${name} where ${where}`]];
      case 'insert':
        return [[label, table.insert(label)]];
      case 'update':
        return [[label, `update ${name} set ${table.set} where ${where}`]];
      case 'delete':
        return [[label, `delete from ${name} where ${where}`]];
      case 'give':
        return give ? [[label, `update ${name} set ${give(label)} where ${anyRow(table)}`]] : [];
    }
  });
}

/** One row that the viewer can reach, or none: the first by label. */
function anyRow({ rows }: TableRows): string {
  return `(${Object.values(rows).join(' or ')})`;
}

async function outcomeOf(client: pg.PoolClient, { role, claims }: Viewer, statement: string): Promise<Outcome> {
  await client.query(
    `savepoint cell; set local role ${role}; set local request.jwt.claims = ${client.escapeLiteral(claims)}`,
  );
  try {
    const { rowCount } = await client.query(statement);
    return rowCount ? 'done' : 'nothing';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    if (code === '42501') return /row-level security/.test(message) ? 'nothing' : 'denied';
    // A view that cannot be written, by whomever.
    if (code === '55000') return 'denied';
    // A key stood in the way, so nothing else did.
    if (code === '23503' || code === '23505') return 'done';
    throw new Error(`${role} ${claims}: ${statement}: ${message}`, { cause: error });
  } finally {
    // Takes role and claims back as well.
    await client.query('rollback to savepoint cell; release savepoint cell');
  }
}

function summaryOf(outcomes: ReadonlyMap<string, Outcome>): string {
  const labels = [...outcomes.keys()];
  const are = (outcome: Outcome) => labels.filter((label) => outcomes.get(label) === outcome);
  if (are('denied').length === labels.length) return '-';
  if (are('denied').length > 0) return `denied(${are('denied').join()})`;
  if (are('done').length === labels.length) return 'all';
  return are('done').join() || 'none';
}
