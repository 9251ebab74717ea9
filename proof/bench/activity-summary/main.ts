#!/usr/bin/env node
// npm run bench:summary -- --help
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import type pg from 'pg';
import { jsonOption, parseWhole } from '../../../cli/options.ts';
import { printJson, printTable } from '../../../cli/output.ts';
import { reportFailure } from '../../../cli/report-failure.ts';
import { createPool } from '../../../db/connect.ts';
import { evaluationParameters } from '../../../db/evaluation-request.ts';
import { evaluationStatement } from '../../../db/evaluation-statement.ts';
import { MINUTE, SECOND } from '../../../domain/durations.ts';
import { rangeOf } from '../../../domain/mentor-range.ts';
import { localFolder } from '../../../local/folders.ts';
import { startPostgres } from '../../../local/postgres.ts';
import { audienceTemplate, restore } from '../audience-template.ts';
import { cpuSecondsOf } from '../process-usage.ts';
import { machine } from '../report.ts';
import { inRun } from '../run-folder.ts';
import { POSTGRES_SETTINGS } from '../stack.ts';

const command = new Command('bench:summary')
  .description(
    'what a summary of activities per mentor, kept by a trigger, would save the scenario inactivity, and cost each write',
  )
  .option('--mentors <n>', 'size of the audience', parseWhole(1_000), 1_000_000)
  .option('--batch <n>', 'mentors in a batch', parseWhole(100), 50_000)
  .addOption(jsonOption())
  .exitOverride();

const started = performance.now();
function log(line: string): void {
  process.stderr.write(`${((performance.now() - started) / SECOND).toFixed(1).padStart(7)} s  ${line}\n`);
}

try {
  command.parse();
  const { mentors, batch, json } = command.opts<{ mentors: number; batch: number; json: boolean }>();
  const figures = await measure(mentors, Math.max(1, Math.round(mentors / batch)));
  if (json) printJson({ ...machine(), mentors, ...figures });
  else
    printTable(
      ['', 'plain', 'with the summary'],
      Object.entries(figures).map(([name, [plain, summary]]) => [name, plain, summary]),
    );
} catch (error) {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportFailure(error);
}

type Figures = Readonly<Record<string, readonly [plain: number, withSummary: number]>>;

/** Processor time of the server's process for this connection: a busy machine changes it least. */
async function measure(mentors: number, batches: number): Promise<Figures> {
  const home = join(localFolder(), 'bench');
  const asOf = new Date(Date.now() - 2 * MINUTE);
  const template = await audienceTemplate({ mentors, seed: 1, asOf, duePercent: 1 }, { home, fresh: false, log });
  return inRun({ home, name: 'summary', log }, async (supervisor, folder) => {
    const dataDir = join(folder, 'postgres');
    await restore(template, dataDir);
    const server = await supervisor.start('postgres', (onSpawn) =>
      startPostgres({ dataDir, settings: POSTGRES_SETTINGS, onSpawn }),
    );
    const pool = createPool({ url: server.url, maxConnections: 1 });
    const client = await pool.connect();
    try {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const spent = async (work: () => Promise<void>): Promise<number> => {
        const before = cpuSecondsOf([rows[0]!.pid]) ?? 0;
        await work();
        return (cpuSecondsOf([rows[0]!.pid]) ?? 0) - before;
      };
      log('Making the summary …');
      await client.query(readFileSync(new URL('./summary.sql', import.meta.url), 'utf8'));
      const evaluate = async (transform?: (text: string) => string) => {
        const seconds = await spent(() => evaluateSome(client, asOf, batches, transform));
        return Math.round((seconds * 1_000) / sampled(batches));
      };
      await evaluate(); // reads what both need
      const plain = await evaluate();
      const summary = await evaluate(withSummary);
      log('Writing …');
      const write = async (size: number, times: number) =>
        round(((await spent(() => insertActivities(client, size, times))) * 1e6) / (size * times));
      const without = [await write(10_000, 10), await write(1, 2_000)] as const;
      await client.query(
        'create trigger keep after insert on activities referencing new table as added for each statement execute function keep_mentor_activity()',
      );
      const withIt = [await write(10_000, 10), await write(1, 2_000)] as const;
      const size = await client.query<{ mb: number }>(
        `select (pg_total_relation_size('mentor_activity') / 1e6)::int as mb`,
      );
      return {
        'ms CPU to evaluate inactivity for a batch': [plain, summary],
        'µs CPU an activity inserted ten thousand at a time': [without[0], withIt[0]],
        'µs CPU an activity inserted by itself': [without[1], withIt[1]],
        'MB on disk': [0, size.rows[0]!.mb],
      };
    } finally {
      client.release();
      await pool.end();
    }
  });
}

/** Batches that are evaluated to measure one. */
function sampled(batches: number): number {
  return Math.min(8, batches);
}

async function evaluateSome(
  client: pg.PoolClient,
  asOf: Date,
  batches: number,
  transform?: (text: string) => string,
): Promise<void> {
  await client.query('set enable_nestloop = off');
  for (let i = 0; i < sampled(batches); i++) {
    const preview = evaluationStatement('inactivity', 'preview-candidates', transform);
    const { sql, parameters } = preview(
      evaluationParameters({ scenarioType: 'inactivity', asOf, range: rangeOf(i, batches) }),
    );
    await client.query(sql, [...parameters]);
  }
  await client.query('reset enable_nestloop');
}

/** The same statement, with the last activity from the summary, read as a range. */
function withSummary(text: string): string {
  const lookUp = /\(\s*select a\.activity_date\s+from activities a.*?limit 1\s*\)/s;
  const join = `left join (
    select user_id, last_activity from mentor_activity
    where user_id >= :'range_from'::uuid and (:'range_to'::uuid is null or user_id < :'range_to'::uuid) offset 0
  ) summary on summary.user_id = m.user_id`;
  const changed = text
    .replace(lookUp, 'summary.last_activity')
    .replace(/(join parameters p using \(chapter_id\))\ncross join lateral/, `$1\n${join}\ncross join lateral`);
  if (!changed.includes(join) || lookUp.test(changed))
    throw new Error('inactivity.sql has changed: this benchmark no longer finds its look-up');
  return changed;
}

/** Rolled back: each time the same table is written to. */
async function insertActivities(client: pg.PoolClient, size: number, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await client.query('begin');
    await client.query(
      'insert into activities (user_id, activity_date) select id, current_date from users order by id offset $1 limit $2',
      [i * size, size],
    );
    await client.query('rollback');
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
