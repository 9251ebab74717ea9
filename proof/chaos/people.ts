import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** What somebody changed about a mentor while notifications were on their way. */
export interface Change {
  readonly what: 'opted out' | 'deactivated' | 'active again';
  readonly user_id: string;
  /** Null: all of them. */
  readonly scenario_type: string | null;
  /** Milliseconds: it was committed by then. Null where the answer to the commit was lost. */
  readonly committedAt: number | null;
}

/** An operator's stop of all sending, in force all the time in between. */
export interface Halted {
  readonly committedAt: number;
  /** Milliseconds, just before it was ended. */
  readonly endingAt: number;
}

/** Mentors who are being told something at this moment, and of what. */
const IN_MID_BATCH = `
  select user_id, scenario_type
  from (
    select distinct on (c.user_id) c.user_id, c.scenario_type
    from scenario_claims c
    where c.state in ('open', 'unknown') and ($2::text is null or c.scenario_type = $2)
    order by c.user_id
  ) c
  order by md5(user_id::text)
  limit $1`;

const CHANGES: Readonly<Record<Change['what'], string>> = {
  'opted out': `
    insert into notification_preferences (user_id, scenario_type, enabled)
    select t.user_id, t.scenario_type, false from unnest($1::uuid[], $2::text[]) as t (user_id, scenario_type)
    on conflict (user_id, scenario_type) do update set enabled = false`,
  deactivated: `
    update users set status = 'inactive' where id in (select unnest($1::uuid[])) and cardinality($2::text[]) > 0`,
  'active again': `
    insert into activities (user_id, activity_date)
    select t.user_id, (now() at time zone 'Europe/Oslo')::date
    from unnest($1::uuid[], $2::text[]) as t (user_id, scenario_type)`,
};

const UNTIL_MID_BATCH_MS = 10_000;

/** Changes something about some mentors in the middle of a batch, which it waits for. Empty where there is none. */
export async function changePeople(pool: pg.Pool, what: Change['what'], mentors: number): Promise<Change[]> {
  const parameters = [mentors, what === 'active again' ? 'inactivity' : null];
  const until = performance.now() + UNTIL_MID_BATCH_MS;
  let rows: { user_id: string; scenario_type: string }[] = [];
  while (rows.length === 0 && performance.now() < until) {
    await sleep(20);
    ({ rows } = await pool.query<(typeof rows)[number]>(IN_MID_BATCH, parameters));
  }
  if (rows.length === 0) return [];
  let committedAt: number | null = null;
  try {
    await pool.query(CHANGES[what], [rows.map((row) => row.user_id), rows.map((row) => row.scenario_type)]);
    committedAt = Date.now();
  } catch {
    // The server went away: it was committed, or not.
  }
  return rows.map(({ user_id, scenario_type }) => ({
    what,
    user_id,
    scenario_type: what === 'opted out' ? scenario_type : null,
    committedAt,
  }));
}

/** Stops all sending for a while, and ends it whatever happens in between. */
export async function haltFor(pool: pg.Pool, forMs: number): Promise<Halted> {
  await pool.query(`insert into sending_halts (note, started_at) values ('the harness halts', now())`);
  const committedAt = Date.now();
  await sleep(forMs);
  const endingAt = Date.now();
  for (;;) {
    try {
      await pool.query('update sending_halts set ended_at = now() where ended_at is null');
      return { committedAt, endingAt };
    } catch {
      await sleep(200);
    }
  }
}
