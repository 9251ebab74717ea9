import type pg from 'pg';
import type { Answer } from '../../local/fcm-emulator/emulator.ts';
import { between, type Random } from '../../local/sample-data/random.ts';
import { chapter, daysBefore, mentor, organization } from '../support/factories.ts';
import type { Stage } from './stage.ts';

/** What somebody who does harm has at hand. A write may be refused, as bad data; no other error may come of it. */
export interface Place {
  readonly random: Random;
  readonly asOf: Date;
  readonly pool: pg.Pool;
  readonly db: Stage['database']['db'];
  /** A mentor without devices for whom inactivity is due, among the others unless a chapter is given. */
  mentor(chapterId?: string): Promise<string>;
  /** Somebody in charge of a chapter and an organisation of their own, with ten mentors who are due. */
  inCharge(role: 'coordinator' | 'administrator'): Promise<{ id: string; chapterId: string; organizationId: string }>;
  signedIn(person: string, statement: string, values?: readonly unknown[]): Promise<void>;
  /** As the organisation's server. */
  server(statement: string, values?: readonly unknown[]): Promise<void>;
  /** The next messages to a device get this answer. @default 100 of them */
  answers(token: string, answer: Answer, times?: number): void;
  /** What was refused, by SQLSTATE. */
  readonly refused: Record<string, number>;
}

export function placeIn({ database, emulator }: Stage, asOf: Date, random: Random): Place {
  const { db, pool } = database;
  const refused: Record<string, number> = {};
  const as = (role: string, claims: object) => async (statement: string, values?: readonly unknown[]) => {
    const state = await writeAs(pool, role, claims, statement, values);
    if (state !== null) refused[state] = (refused[state] ?? 0) + 1;
  };
  return {
    random,
    asOf,
    pool,
    db,
    refused,
    mentor: async (chapterId) => {
      const { rows } = await pool.query<{ id: string }>('select id from chapters where name is not null order by id');
      return mentor(db, {
        chapterId: chapterId ?? rows[between(random, 0, rows.length - 1)]!.id,
        activities: [daysBefore(asOf, 40)],
        devices: [],
      });
    },
    inCharge: async (role) => {
      const organizationId = await organization(db);
      const chapterId = await chapter(db, { organizationId });
      await pool.query('update chapters set name = null where id = $1', [chapterId]);
      for (let i = 0; i < 10; i++) await mentor(db, { chapterId, activities: [daysBefore(asOf, 40)] });
      return { id: await mentor(db, { chapterId, role, devices: [] }), chapterId, organizationId };
    },
    signedIn: (person, statement, values) =>
      as('authenticated', { sub: person, role: 'authenticated' })(statement, values),
    server: as('service_role', { role: 'service_role' }),
    answers: (token, answer, times = 100) => emulator.script(token, ...Array<Answer>(times).fill(answer)),
  };
}

/** Bad data, limits that were exceeded, and what policies forbid; not a statement that is wrong. */
const REFUSAL = /^(22|23|54)|^(42501|P0001)$/;

/** The SQLSTATE of the refusal; null when it was written. */
async function writeAs(
  pool: pg.Pool,
  role: string,
  claims: object,
  statement: string,
  values: readonly unknown[] = [],
): Promise<string | null> {
  const client = await pool.connect();
  try {
    await client.query(`begin; set local role ${role}`);
    await client.query(`select set_config('request.jwt.claims', $1, true)`, [JSON.stringify(claims)]);
    await client.query(statement, [...values]);
    await client.query('commit');
    return null;
  } catch (error) {
    await client.query('rollback');
    const { code } = error as { code?: string };
    if (code === undefined || !REFUSAL.test(code)) throw error;
    return code;
  } finally {
    client.release();
  }
}
