import { readdirSync } from 'node:fs';
import type pg from 'pg';
import { SETTLE_THESE } from '../../db/dispatch.ts';
import { evaluationStatement } from '../../db/evaluation-statement.ts';
import { readSql, statement } from '../../db/sql-file.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';

export interface StatementTime {
  /** The file in db/sql, with the scenario type where there is one; for what has no file, its first words. */
  readonly statement: string;
  readonly calls: number;
  /** Planning and execution as PostgreSQL saw it, milliseconds: waiting for a core or a lock included. */
  readonly ms: number;
}

/** Statements that follow evaluate.sql and are part of a sweep. */
const TAILS = ['claim-candidates', 'cooldown-buckets'] as const;

/**
 * PostgreSQL's own number of each of our statements: what pg_stat_statements files it under, whatever constants or
 * comments its text holds. A file that is no statement by itself is left out.
 */
export async function statementNames(pool: pg.Pool): Promise<Map<string, string>> {
  const folder = new URL('../../db/sql/', import.meta.url);
  const texts = new Map<string, string>();
  for (const type of SCENARIO_TYPES) {
    for (const tail of TAILS) {
      evaluationStatement(type, tail, (text) => {
        texts.set(`${tail} ${type}`, textOf(text));
        return text;
      });
    }
  }
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.sql'))) {
    const name = file.slice(0, -'.sql'.length);
    texts.set(name, textOf(readSql(name)));
  }
  texts.set('settle-these-claims', textOf(SETTLE_THESE));
  const names = new Map<string, string>();
  for (const [name, text] of texts) {
    const found = await pool
      .query<{ 'QUERY PLAN': [{ 'Query Identifier'?: number }] }>({
        text: `explain (generic_plan, verbose, format json) ${text}`,
        types: asText,
      })
      .catch(() => null);
    const id = found && /"Query Identifier": (-?\d+)/.exec(found.rows[0]!['QUERY PLAN'] as unknown as string)?.[1];
    if (id) names.set(id, name);
  }
  return names;
}

/** The number has 64 bits: parsed as JSON it would lose some. */
const asText = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** With `$1` for each parameter: its value does not matter here. */
function textOf(text: string): string {
  const names = [...new Set(Array.from(text.matchAll(/:'([a-z_]+)'/g), ([, name]) => name!))];
  return statement(text)(Object.fromEntries(names.map((name) => [name, null]))).sql;
}

export async function forgetStatementTimes(pool: pg.Pool): Promise<void> {
  await pool.query('select bench.pg_stat_statements_reset()');
}

/** What statements took since they were forgotten, the longest first. */
export async function readStatementTimes(pool: pg.Pool, names: ReadonlyMap<string, string>): Promise<StatementTime[]> {
  const { rows } = await pool.query<{ id: string; query: string; calls: string; ms: number }>(
    `select queryid::text as id, min(query) as query, sum(calls)::text as calls, sum(total_exec_time + total_plan_time) as ms
     from bench.pg_stat_statements
     where dbid = (select oid from pg_database where datname = current_database())
     group by queryid`,
  );
  const times = new Map<string, { calls: number; ms: number }>();
  for (const { id, query, calls, ms } of rows) {
    if (query.includes('pg_stat_statements')) continue;
    const name = names.get(id) ?? query.trim().split(/\s+/).slice(0, 4).join(' ').toLowerCase();
    const before = times.get(name) ?? { calls: 0, ms: 0 };
    times.set(name, { calls: before.calls + Number(calls), ms: before.ms + ms });
  }
  return [...times]
    .map(([name, { calls, ms }]) => ({ statement: name, calls, ms: Math.round(ms * 10) / 10 }))
    .sort((a, b) => b.ms - a.ms);
}
