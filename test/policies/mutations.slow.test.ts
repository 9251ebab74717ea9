import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { EXPECTED } from './expected.ts';
import { actualGrants, expectedGrants } from './grants.ts';
import { tryTable } from './matrix.ts';
import { createWorld } from './world.ts';

/** What somebody could get wrong: a statement, and the tables on which it must show. */
interface Mutation {
  readonly claim: string;
  readonly statement: string;
  readonly tables: readonly string[];
}

const database: TestDatabase = await createDatabase();
const client = await database.pool.connect();
beforeAll(async () => {
  await client.query('begin');
  await createWorld(client);
});
afterAll(async () => {
  client.release(true);
  await database.drop();
});

/** Every policy dropped, every one that asks for something asking for nothing. */
async function policyMutations(): Promise<Mutation[]> {
  const { rows } = await client.query<{ policy: string; table: string; asks: string | null; checks: string | null }>(
    `select polname as policy, polrelid::regclass::text as table, pg_get_expr(polqual, polrelid) as asks, pg_get_expr(polwithcheck, polrelid) as checks
     from pg_policy order by 2, 1`,
  );
  return rows.flatMap(({ policy, table, asks, checks }) => {
    const on = `"${policy}" on ${table}`;
    const loosened = (what: string): Mutation => ({
      claim: `policy ${on} with ${what} (true)`,
      statement: `alter policy ${on} ${what} (true)`,
      tables: [table],
    });
    return [
      { claim: `policy ${on} dropped`, statement: `drop policy ${on}`, tables: [table] },
      ...(asks !== null && asks !== 'true' ? [loosened('using')] : []),
      ...(checks !== null && checks !== 'true' ? [loosened('with check')] : []),
    ];
  });
}

/** Every right that nobody has, given: to a table, and to all columns where there is a right to some. */
function grantMutations(): Mutation[] {
  const have = new Set(expectedGrants());
  return Object.keys(EXPECTED).flatMap((table) =>
    ['anon', 'authenticated', 'service_role', 'scenario_push_worker', 'public'].flatMap((role) =>
      ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']
        .filter((privilege) => !have.has(`${role} ${privilege} ${table}`))
        .map((privilege) => ({
          claim: `${privilege} on ${table} given to ${role}`,
          statement: `grant ${privilege} on ${table} to ${role}`,
          tables: [],
        })),
    ),
  );
}

const VIEWS: readonly Mutation[] = [
  {
    claim: 'chapter_log with the rights of its owner',
    statement: 'alter view chapter_log set (security_invoker = false)',
    tables: ['chapter_log'],
  },
];

const FUNCTIONS: readonly Mutation[] = [
  [
    'inactive coordinators and administrators stay in charge',
    'chapters_in_charge',
    `and u.status::text = 'active'`,
    '',
    ['follow_up_notification_log', 'scenario_rules'],
  ],
  [
    'mentors are in charge of their chapter',
    'chapters_in_charge',
    `('coordinator', 'administrator')`,
    `('coordinator', 'administrator', 'peer_mentor')`,
    ['follow_up_notification_log', 'scenario_rules'],
  ],
  [
    'coordinators are in charge of the organisation',
    'chapters_in_charge',
    `where me.role = 'administrator'`,
    '',
    ['follow_up_notification_log', 'scenario_rules'],
  ],
  [
    'administrators are in charge of their own chapter alone',
    'chapters_in_charge',
    `c.organization_id = me.organization_id`,
    'false',
    ['follow_up_notification_log', 'scenario_rules'],
  ],
  [
    'inactive administrators write the organisation’s rules',
    'organization_in_charge',
    `and u.status::text = 'active'`,
    '',
    ['scenario_rules'],
  ],
  [
    'coordinators write the organisation’s rules',
    'organization_in_charge',
    `and u.role::text = 'administrator'`,
    '',
    ['scenario_rules'],
  ],
  [
    'inactive coordinators read the rules that count',
    'organization_to_read',
    `and u.status::text = 'active'`,
    '',
    ['scenario_rules'],
  ],
  [
    'mentors read the rules that count',
    'organization_to_read',
    `('coordinator', 'administrator')`,
    `('coordinator', 'administrator', 'peer_mentor')`,
    ['scenario_rules'],
  ],
  [
    'administrators read the log of their own chapter alone',
    'chapter_in_charge',
    `and u.role::text = 'coordinator'`,
    '',
    ['chapter_log'],
  ],
  [
    'everybody sees the rules of all chapters',
    'chapters_to_read',
    'where everything or',
    'where true or',
    ['rules_in_force'],
    'boolean',
  ],
].map(([claim, name, text, instead, tables, parameters = '']) => ({
  claim: claim as string,
  statement: `do $mutation$
    declare
      source text := pg_get_functiondef('scenario_push.${name as string}(${parameters as string})'::regprocedure);
    begin
      if strpos(source, $text$${text as string}$text$) = 0 then raise exception 'the function no longer says so'; end if;
      execute replace(source, $text$${text as string}$text$, $text$${instead as string}$text$);
    end
    $mutation$`,
  tables: tables as string[],
}));

const policies = await policyMutations();
const grants = grantMutations();

/** Whether the matrix, on the tables in question, or the list of grants says that something is wrong. */
async function isNoticed({ statement, tables }: Mutation): Promise<boolean> {
  await client.query('savepoint mutation');
  try {
    await client.query(statement);
    for (const table of tables) {
      const { expected, actual } = await tryTable(client, table);
      if (expected.join('\n') !== actual.join('\n')) return true;
    }
    return tables.length === 0 && (await actualGrants(client)).join('\n') !== expectedGrants().join('\n');
  } finally {
    await client.query('rollback to savepoint mutation; release savepoint mutation');
  }
}

describe('a change of who may do what is noticed', () => {
  test('and there are as many as there were', () => {
    process.stderr.write(
      `mutations: ${policies.length} of policies, ${FUNCTIONS.length} of functions, ${grants.length} of grants\n`,
    );
    expect(policies.length).toBeGreaterThanOrEqual(32);
    expect(grants.length).toBeGreaterThanOrEqual(550);
  });

  test.each(policies.map((mutation) => [mutation.claim, mutation] as const))('%s', async (_, mutation) => {
    expect(await isNoticed(mutation)).toBe(true);
  });

  test.each(VIEWS.map((mutation) => [mutation.claim, mutation] as const))('%s', async (_, mutation) => {
    expect(await isNoticed(mutation)).toBe(true);
  });

  test.each(FUNCTIONS.map((mutation) => [mutation.claim, mutation] as const))('%s', async (_, mutation) => {
    expect(await isNoticed(mutation)).toBe(true);
  });

  test('each right that nobody has, given', async () => {
    const unnoticed: string[] = [];
    for (const mutation of grants) if (!(await isNoticed(mutation))) unnoticed.push(mutation.claim);
    expect(unnoticed).toEqual([]);
  });

  test('nothing, where nothing is changed', async () => {
    for (const table of Object.keys(EXPECTED))
      expect(await isNoticed({ claim: '', statement: 'select', tables: [table] })).toBe(false);
    expect(await isNoticed({ claim: '', statement: 'select', tables: [] })).toBe(false);
  });
});
