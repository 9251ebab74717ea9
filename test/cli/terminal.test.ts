import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { failuresOfSweep } from '../../cli/live-counts.ts';
import { shortTime } from '../../cli/local-time.ts';
import { printSweepResult } from '../../cli/sweep-result.ts';
import { drawTable, terminalWidth } from '../../cli/table.ts';
import { workflowPage } from '../../client/web-ui.ts';
import { listRuns } from '../../db/list-runs.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { SUPPRESSION_REASONS } from '../../domain/suppression.ts';
import { dispatchAs, claimRequest } from '../db/claiming.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, mentor } from '../support/factories.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';
import { runInProcess } from '../support/in-process.ts';

const now = new Date();
const COLUMNS = 80;
/** As long as numbers, codes and ids come to be. */
const MANY = 1_000_000;
const LONGEST_CODE = 'messaging/registration-token-not-registered';
const COUNTS = {
  mentors_evaluated: MANY,
  mentors_misconfigured: MANY,
  candidates: MANY,
  suppressed: Object.fromEntries(SUPPRESSION_REASONS.map((reason) => [reason, MANY])),
  claimed: MANY,
  sent: MANY,
  failed: MANY,
  unknown: MANY,
  deferred: MANY,
  withdrawn: MANY,
};
const WEB_UI = 'http://localhost:8233';

let database: TestDatabase;
let folder: TestFolder;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  database = await createDatabase();
  folder = createFolder();
  env = {
    DATABASE_URL: database.worker.url,
    TEMPORAL_ADDRESS: 'x:y:z',
    TEMPORAL_UI_ADDRESS: `${WEB_UI}/`,
    NO_COLOR: '1',
    TZ: process.env['TZ'],
  };
});
afterAll(async () => {
  folder.remove();
  await database.drop();
});

const run = (...args: string[]) => runInProcess(args, env);

/** Addresses, statements, sentences and messages stand in one piece, for whoever copies them: they are no tables. */
const IN_ONE_PIECE = /^ *(http:|update scenario_rules |first sweep: |for example, )/;

function expectToFit(out: string, columns = COLUMNS): void {
  const lines = out.split('\n').filter((line) => !IN_ONE_PIECE.test(line));
  expect(lines.filter((line) => line.length > columns)).toEqual([]);
  expect(lines.length).toBeGreaterThan(1);
}

function printed(print: () => void): string {
  let out = '';
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  try {
    print();
  } finally {
    spy.mockRestore();
  }
  return out;
}

/** A sweep of every type, by hand, with the longest of everything. */
async function longRuns(workflowId: string): Promise<void> {
  for (const type of SCENARIO_TYPES) {
    await sql`insert into evaluation_runs (workflow_id, first_run_id, scenario_type, as_of, plan_key, started_at, finished_at, end_state,
        mentors_evaluated, mentors_misconfigured, candidates, suppressed, claimed, sent, failed, unknown, deferred, withdrawn)
      values (${workflowId}, 'first', ${type}, ${now}, 'long', ${now}, ${now}, 'terminated', ${MANY}, ${MANY}, ${MANY},
        ${JSON.stringify(COUNTS.suppressed)}::jsonb, ${MANY}, ${MANY}, ${MANY}, ${MANY}, ${MANY}, ${MANY})`.execute(
      database.db,
    );
  }
  await sql`insert into sweep_brakes (plan_key, scenario_type, state, batches, mentors, factor, minimum, planned_at, expected, usual, sweeps, braked_at)
    values ('long', 'certification_expiry', 'withdrawn', 1, ${MANY}, 3, 100, ${now}, ${MANY}, ${MANY}, 10, ${now})`.execute(
    database.db,
  );
}

describe('a table', () => {
  const rows = [
    ['certification_expiry', 12, 'a text that goes on for longer than anybody has room for on one line'],
    ['inactivity', 1, 'sweep-certification_expiry-2026-11-20T08:07:00Z-and-more'],
  ];

  test.each([40, 80, 200])('is %i columns wide at most', (width) => {
    expectToFit(drawTable(['scenario', 'n', 'note'], rows, width), width);
  });

  test('uses the room that there is, and keeps each row on a line then', () => {
    expect(drawTable(['scenario', 'n', 'note'], rows, 200).split('\n')).toHaveLength(3);
  });

  test('loses nothing: what is longer than its column goes on in the next line', () => {
    const text = drawTable(['scenario', 'n', 'note'], rows, 40).replaceAll(/\s/g, '');
    for (const word of ['longer', 'anybody', 'line']) expect(text).toContain(word);
    expect(text).not.toContain('…');
  });

  test('has numbers to the right and texts to the left', () => {
    expect(
      drawTable(
        ['a', 'n'],
        [
          ['x', 5],
          ['yy', 10],
        ],
        80,
      ),
    ).toBe('a    n\nx    5\nyy  10');
  });

  test.each([
    ['a terminal', { isTTY: true, columns: 132 }, 132],
    ['a terminal that does not say how wide it is', { isTTY: true }, 80],
    ['a pipe', { columns: 132 }, 80],
  ])('%s: %#', (_, out, width) => {
    expect(terminalWidth(out)).toBe(width);
  });
});

describe('in 80 columns', () => {
  test('the result of a sweep: a reason a line, failures by code', () => {
    const result = {
      as_of: now.toISOString(),
      scenarios: Object.fromEntries(SCENARIO_TYPES.map((type) => [type, COUNTS])),
    };
    const out = printed(() => printSweepResult(result, { inactivity: { [LONGEST_CODE]: MANY } }));
    expectToFit(out);
    for (const reason of SUPPRESSION_REASONS) expect(out).toMatch(new RegExp(`^ +${MANY} +${reason}$`, 'm'));
    expect(out).toMatch(new RegExp(`^ +${MANY} +failed\n +${MANY} +${LONGEST_CODE}$`, 'm'));
  });

  test('the runs, each sweep with its whole id and the address of its page', async () => {
    const id = `sweep-certification_expiry-2026-11-20T08:07:00Z`;
    await longRuns(id);
    const { out } = await run('runs');
    expectToFit(out);
    expect(out).toMatch(new RegExp(`^${id}\n  ${WEB_UI}/namespaces/default/workflows/${id}\n  started `));
    expect(out).toContain(`  certification_expiry: terminated (${MANY} instead of ${MANY})`);
    await sql`truncate evaluation_runs, sweep_brakes`.execute(database.db);
  });

  test('what is held', async () => {
    const { batchKey } = await claimed('certification_expiry', 1);
    const repository = new ScenarioRepository(database.worker.db);
    await sql`update scenario_claims set on_unknown = 'hold' where batch_key = ${batchKey}`.execute(database.db);
    await dispatchAs(repository, batchKey, now, { status: 'unknown', code: LONGEST_CODE });
    const { out } = await run('held', 'list');
    expectToFit(out);
    expect(out).toMatch(/occurrence +[0-9a-f-]{36}:\d{4}-\d\d-\d\d:\d+$/m);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(`why ${LONGEST_CODE}, the rule says hold`);
  });

  test.each([
    ['migrations', ['migrate', 'status']],
    ['what doctor finds, also where nothing is there', ['doctor']],
    ['a preview', ['preview']],
    ['a comparison of rules', ['preview', '--scenario', 'certification_expiry', '--rules', 'rules.json']],
  ])('%s', async (_, args) => {
    const rules = join(folder.path, 'rules.json');
    const none = { scenario_type: 'certification_expiry', cooldown_minutes: 0, parameters: { lead_days: [0] } };
    writeFileSync(rules, JSON.stringify([none]));
    const chapterId = await chapter(database.db);
    for (let i = 0; i < 3; i++) await withCertificate(await mentor(database.db, { chapterId }));
    const owner = { ...env, DATABASE_URL: database.url };
    const { out } = await runInProcess(
      args.map((arg) => arg.replace('rules.json', rules)),
      owner,
    );
    expectToFit(out);
  });

  test('what was erased of a person', async () => {
    const id = await mentor(database.db);
    expectToFit((await run('person', 'erase', '--user', id, '--yes')).out);
  });
});

async function withCertificate(userId: string): Promise<void> {
  await database.db
    .insertInto('certifications')
    .values({ user_id: userId, certification_type: 'first_aid', expires_on: daysBefore(now, -20) })
    .execute();
}

let sweeps = 0;

/** A batch that has claimed a notification for each of so many mentors, of a sweep that runs. */
async function claimed(scenarioType: 'certification_expiry' | 'inactivity', mentors: number) {
  await sql`truncate users, evaluation_batches, evaluation_runs, push_gates cascade`.execute(database.db);
  const repository = new ScenarioRepository(database.worker.db);
  const chapterId = await chapter(database.db);
  for (let i = 0; i < mentors; i++) await withCertificate(await mentor(database.db, { chapterId }));
  const workflowId = `sweep-${scenarioType}-${++sweeps}`;
  const request = claimRequest(now, { scenarioType, workflowId, planKey: workflowId });
  await repository.startRun({ workflowId, firstRunId: 'r', scenarioType, planKey: workflowId, asOf: now, now });
  expect(await repository.evaluateAndClaim(request)).toMatchObject({ claimed: mentors });
  return { repository, workflowId, batchKey: request.batchKey };
}

describe('the counts of a sweep that runs', () => {
  test('move while its one batch is being sent, though the batch has kept none of it', async () => {
    const { repository, batchKey } = await claimed('inactivity', 4);
    expect(await listRuns(database.db, 1)).toMatchObject([{ sent: 0, unknown: 4, settled_batches: 0 }]);
    await sql`delete from users where id = (select min(user_id::text)::uuid from scenario_claims)`.execute(database.db);
    await dispatchAs(repository, batchKey, now);
    await sql`update evaluation_batches set sent = 0, unknown = 4`.execute(database.db);
    expect(await listRuns(database.db, 1)).toMatchObject([{ sent: 3, unknown: 1, settled_batches: 0.75 }]);
  });

  test('say what failed, by the code of the last answer, and no withdrawal among it', async () => {
    const { repository, batchKey, workflowId } = await claimed('inactivity', 3);
    const [first] = await database.db.selectFrom('scenario_claims').select('user_id').orderBy('user_id').execute();
    await database.db
      .insertInto('notification_preferences')
      .values({ user_id: first!.user_id, scenario_type: 'inactivity', enabled: false })
      .execute();
    await dispatchAs(repository, batchKey, now, { status: 'rejected', code: LONGEST_CODE, retryable: false } as never);
    await repository.countBatch(batchKey, now);
    expect(await listRuns(database.db, 1)).toMatchObject([{ failed: 2, withdrawn: 1 }]);
    process.env['DATABASE_URL'] = database.worker.url;
    expect(await failuresOfSweep(workflowId)).toEqual({ inactivity: { [LONGEST_CODE]: 2 } });
    delete process.env['DATABASE_URL'];
    expect(await failuresOfSweep(workflowId)).toEqual({});
    const { out } = await run('runs', '--json');
    expect(JSON.parse(out)).toMatchObject({ failures: { [LONGEST_CODE]: 2 } });
    expect((await run('runs')).out).toMatch(new RegExp(`failed +2 ${LONGEST_CODE}`));
  });
});

describe('times', () => {
  test('are short, and name the year where it is another', () => {
    const at = new Date(2026, 10, 5, 9, 7);
    expect(shortTime(at, new Date(2026, 11, 31))).toBe('5 Nov 09:07');
    expect(shortTime(at, new Date(2027, 0, 1))).toBe('5 Nov 2026 09:07');
  });

  test.each([
    ['Europe/Oslo', /as of 20 November( 2026)?, 10:00 in Oslo/],
    ['America/New_York', /as of 20 November( 2026)?, 04:00 in New York/],
  ])('are those of TZ: %s', async (TZ, line) => {
    const { execFileSync } = await import('node:child_process');
    const out = execFileSync(process.execPath, ['cli/main.ts', 'preview', '--as-of', '2026-11-20T09:00:00Z'], {
      env: { PATH: process.env['PATH'], ...env, TZ },
      encoding: 'utf8',
    });
    expect(out).toMatch(line);
  });
});

describe('a sweep is named by the beginning of its id', () => {
  test('where only one begins so; several are listed', async () => {
    const { workflowId } = await claimed('inactivity', 1);
    expect(await run('recall', '--sweep', workflowId.slice(0, -2))).toMatchObject({
      code: 0,
      out: expect.stringContaining('withdrew 1'),
    });
    await longRuns('sweep-inactivity-b1');
    await sql`update evaluation_runs set workflow_id = 'sweep-inactivity-b2' where scenario_type = 'milestone'`.execute(
      database.db,
    );
    expect(await run('recall', '--sweep', 'sweep-inactivity-b')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^E_WHICH_SWEEP: .*\n  sweep-inactivity-b\d\n  sweep-inactivity-b\d/),
    });
    expect(await run('recall', '--sweep', 'sweep-inactivity-b1')).toMatchObject({ code: 0 });
  });
});

test('the page of a workflow has its id in its address, and nothing in it ends the path', () => {
  expect(workflowPage(WEB_UI, 'a b', 'sweep-2026-11-20T08:07:00Z/#?')).toBe(
    `${WEB_UI}/namespaces/a%20b/workflows/sweep-2026-11-20T08:07:00Z%2F%23%3F`,
  );
});
