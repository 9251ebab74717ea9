import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SCHEDULES } from '../../client/schedule-definitions.ts';
import { startWorkerProcess } from '../../local/worker-process.ts';
import { loadSampleData } from '../../local/sample-data/load-sample-data.ts';
import type { FcmEmulator } from '../../local/fcm-emulator/emulator.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startEmulator } from '../support/emulator.ts';
import { jsonLines } from '../support/in-process.ts';
import { mustClose } from '../support/leaks.ts';
import { fromSetup } from '../support/server-address.ts';

const asOf = new Date();
let database: TestDatabase;
let emulator: FcmEmulator;
let worker: Awaited<ReturnType<typeof startWorkerProcess>>;
let workerClosed: () => void;
let env: NodeJS.ProcessEnv;
const folder = mkdtempSync(join(tmpdir(), 'scenario-push-cli-'));

beforeAll(async () => {
  [database, emulator] = await Promise.all([createDatabase(), startEmulator()]);
  await loadSampleData(database.db, { asOf, mentors: 600 });
  // What is sent must not depend on the time of day.
  await database.pool.query('update delivery_policies set send_until = send_from');
  env = {
    PATH: process.env['PATH'],
    DATABASE_URL: database.worker.url,
    TEMPORAL_ADDRESS: fromSetup('TEST_TEMPORAL_ADDRESS'),
    FIREBASE_MESSAGING_EMULATOR_HOST: emulator.address,
    NO_COLOR: '1',
  };
  workerClosed = mustClose('worker process');
  worker = await startWorkerProcess({ env, logFile: join(folder, 'worker.log'), onSpawn: () => {} });
});
afterAll(async () => {
  await worker.stop();
  workerClosed();
  await emulator.stop();
  await database.drop();
});

// oxlint-disable-next-line typescript/no-explicit-any -- what a command prints is looked at, not typed
type Printed = Record<string, any>;

interface Outcome {
  code: number;
  out: string;
  error: string;
}

function run(args: readonly string[], environment: NodeJS.ProcessEnv = env): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['cli/main.ts', ...args],
      { env: environment, maxBuffer: 1 << 26 },
      (failure, out, error) => {
        resolve({ code: failure ? Number(failure.code) : 0, out, error });
      },
    );
  });
}

async function json(...args: string[]): Promise<Printed[]> {
  const { code, out, error } = await run([...args, '--json']);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${error}`);
  return jsonLines<Printed>(out);
}

describe('preview, sweep and explain agree', () => {
  const at = ['--as-of', asOf.toISOString()];
  let preview: Printed[];
  let summary: Printed;

  beforeAll(async () => {
    const lines = await json('preview', ...at);
    summary = lines.at(-1)!['summary'];
    preview = lines.slice(0, -1);
  });

  test('a preview writes and sends nothing, in bytewise order of scenario, mentor and occurrence', async () => {
    const keys = preview.map((line) => [line['scenario_type'], line['user_id'], line['occurrence']].join('\0'));
    expect(keys.length).toBeGreaterThan(50);
    expect(keys).toEqual([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(await emulator.ledger()).toEqual([]);
    expect(await database.db.selectFrom('scenario_claims').select('id').execute()).toEqual([]);
  });

  test('a reader that has seen enough ends a preview quietly', async () => {
    const cut = await new Promise<Outcome>((resolve) => {
      const script = `set -o pipefail; '${process.execPath}' cli/main.ts preview --json --as-of ${asOf.toISOString()} | head -n 1`;
      execFile('bash', ['--norc', '-c', script], { env }, (failure, out, error) =>
        resolve({ code: failure ? Number(failure.code) : 0, out, error }),
      );
    });
    expect(cut).toEqual({ code: 0, out: `${JSON.stringify(preview[0])}\n`, error: '' });
  });

  test('explain gives the preview’s candidates for a mentor of each scenario and verdict', async () => {
    const one = new Map(preview.map((line) => [`${line['scenario_type']} ${line['reason']}`, line]));
    for (const line of one.values()) {
      const [answer] = await json('explain', '--mentor', line['user_id'], '--scenario', line['scenario_type'], ...at);
      const hers = preview.filter(
        (p) => p['user_id'] === line['user_id'] && p['scenario_type'] === line['scenario_type'],
      );
      expect(answer!['scenarios'][0]).toMatchObject({
        verdict: hers.some((p) => p['verdict'] === 'send') ? 'send' : 'suppressed',
        candidates: hers,
      });
    }
  });

  test('a sweep then sends exactly what the preview said', async () => {
    const [result] = await json('sweep', '--wait', ...at);
    for (const [type, counts] of Object.entries<Printed>(result!['scenarios'])) {
      const said = summary['scenarios'][type];
      expect(counts).toMatchObject({
        mentors_evaluated: said.mentors_evaluated,
        candidates: said.candidates,
        suppressed: said.suppressed,
        claimed: said.send,
        unknown: 0,
      });
      expect(counts.sent + counts.failed).toBe(said.send);
    }
    const due = preview.filter((line) => line['verdict'] === 'send').map((line) => line['idempotency_key']);
    const posted = new Set((await emulator.ledger()).map((entry) => entry.notification_id));
    expect([...posted].sort()).toEqual(due.sort());
    const records = await database.db
      .selectFrom('scenario_notifications')
      .select('idempotency_key')
      .where('triggered_at', '=', asOf)
      .execute();
    expect(records.every((record) => posted.has(record.idempotency_key))).toBe(true);
  });

  test('the next preview sends nobody who was just told, and runs lists the sweep', async () => {
    const after = (await json('preview', ...at)).slice(0, -1).filter((line) => line['verdict'] === 'send');
    const recorded = await database.db.selectFrom('scenario_notifications').select('idempotency_key').execute();
    const keys = new Set(recorded.map((record) => record.idempotency_key));
    expect(after.filter((line) => keys.has(line['idempotency_key']))).toEqual([]);
    expect(await json('runs', '--limit', '4')).toHaveLength(4);
  });
});

test('notify sends what is due to one mentor, and says so when it is asked again', async () => {
  const chapter = await database.db.selectFrom('chapters').select('id').executeTakeFirstOrThrow();
  const { id } = await database.db
    .insertInto('users')
    .values({ chapter_id: chapter.id, role: 'peer_mentor', created_at: '2020-01-01' })
    .returning('id')
    .executeTakeFirstOrThrow();
  await database.db
    .insertInto('device_tokens')
    .values({ user_id: id, token: `notify-${id}`, platform: 'web' })
    .execute();
  const rules = await json('explain', '--mentor', id, '--scenario', 'inactivity');
  expect(rules[0]!['scenarios'][0].verdict).toBe('send');
  const notify = () => json('notify', '--mentor', id, '--scenario', 'inactivity', '--wait');
  expect(await notify()).toMatchObject([{ status: 'started', sent: 1 }]);
  expect(await notify()).toMatchObject([{ status: 'suppressed', reason: 'already_sent' }]);
  expect(await json('notify', '--mentor', id, '--scenario', 'milestone')).toEqual([]);
  expect((await emulator.ledger()).filter((entry) => entry.token?.includes(id))).toHaveLength(1);
});

test('schedules are created paused, brought up to date with their pause kept, and removed', async () => {
  const file = join(folder, 'schedules.json');
  writeFileSync(file, JSON.stringify({ inactivity: { cron: '0 9 * * *' }, milestone: { enabled: false } }));
  expect((await json('schedules', 'apply')).map((change) => change['change'])).toEqual(
    DEFAULT_SCHEDULES.map(() => 'created'),
  );
  await run(['schedules', 'resume', 'inactivity', '--note', 'Go.']);
  expect((await run(['schedules', 'apply', '--file', file])).out).toMatch(
    /sweep-inactivity: cron 7 12 \* \* \* → 0 9 \* \* \*\n(unchanged .*\n)+removed sweep-milestone\n$/,
  );
  const listed = await json('schedules', 'list');
  expect(listed.filter((schedule) => !schedule['paused'])).toMatchObject([
    { schedule_id: 'sweep-inactivity', cron: '0 9 * * *', note: 'Go.', missed: 0, overlapped: 0 },
  ]);
  expect(await run(['schedules', 'pause', 'milestone'])).toMatchObject({
    code: 1,
    error: expect.stringContaining('E_NO_SCHEDULE'),
  });
  expect((await json('schedules', 'delete', '--all')).map((change) => change['schedule_id'])).toEqual(
    listed.map((row) => row['schedule_id']),
  );
});

test('schedules apply changes nothing where one setting is wrong, and names the field', async () => {
  const file = join(folder, 'wrong.json');
  writeFileSync(file, JSON.stringify({ inactivity: { cron: '0 9 * * *' }, milestone: { timezone: 'Oslo' } }));
  const { code, error } = await run(['schedules', 'apply'], { ...env, SCHEDULES_FILE: file });
  expect({ code, error }).toEqual({
    code: 2,
    error: expect.stringMatching(
      /E_SCHEDULES_FILE[^]*milestone\.timezone: expected a name of the IANA database.*got "Oslo"/,
    ),
  });
  expect(await json('schedules', 'list')).toEqual([]);
});

test('doctor finds nothing to do', async () => {
  expect((await json('doctor')).filter((finding) => !finding['ok'])).toEqual([]);
});

test('preview --rules tells who would be added and who dropped', async () => {
  const file = join(folder, 'rules.json');
  writeFileSync(
    file,
    JSON.stringify([{ scenario_type: 'inactivity', cooldown_minutes: 0, parameters: { inactive_days: 2147483647 } }]),
  );
  const lines = await json('preview', '--scenario', 'inactivity', '--as-of', '2030-01-01T00:00:00Z', '--rules', file);
  const { send, send_before, added, dropped } = lines.at(-1)!['summary'].scenarios.inactivity;
  expect(added).toBe(0);
  expect(dropped).toBeGreaterThan(0);
  expect(send).toBe(send_before - dropped);
  expect(lines.slice(0, -1).filter((line) => line['change'] === 'dropped')).toHaveLength(dropped);
});

describe('misuse ends with code 2, says what was expected, and shows no stack', () => {
  test.each([
    [['swep'], /Did you mean sweep/],
    [['preview', '--scenario', 'birthday'], /expected inactivity, milestone.*got "birthday"/],
    [['preview', '--as-of', 'yesterday'], /ISO 8601 instant with a zone.*got "yesterday"/],
    [['sweep', '--limit', '-1'], /whole number from 0 to 2147483647/],
    [['sweep', '--as-of', '2099-01-01T00:00:00Z'], /E_AS_OF_IN_THE_FUTURE.*preview/],
    [['explain', '--mentor', 'her'], /UUID of a mentor, got "her"/],
    [['explain'], /--mentor/],
    [['held', 'settle', 'abc'], /64 hex digits/],
    [['schedules', 'pause', 'lunch'], /expected some of inactivity/],
    [['schedules', 'pause', 'milestone', '--all'], /names or --all, not both/],
    [['migrate', 'down', '--steps', 'some'], /"all", got "some"/],
    [['preview', '--rules', 'no-such-file.json'], /E_RULES_FILE.*cannot be read/],
  ])('%j', async (args, message) => {
    const { code, error } = await run(args);
    expect(code).toBe(2);
    expect(error).toMatch(message);
    expect(error).not.toMatch(/^\s+at /m);
  });

  test('a worker without credentials and emulator refuses to start and names the three ways', async () => {
    const { FIREBASE_MESSAGING_EMULATOR_HOST: _, ...without } = env;
    const { code, error } = await run(['worker'], { ...without, HOME: folder });
    expect(code).toBe(1);
    expect(error).toMatch(/E_NO_CREDENTIALS.*GOOGLE_APPLICATION_CREDENTIALS.*FIREBASE_MESSAGING_EMULATOR_HOST/);
  });

  test('a worker with several wrong variables names them all', async () => {
    const { code, error } = await run(['worker'], {
      ...env,
      DATABASE_URL: 'mysql://x',
      FCM_MESSAGES_PER_SECOND: '0',
      LOG_LEVEL: 'loud',
    });
    expect(code).toBe(1);
    expect(error).toMatch(/DATABASE_URL:[^]*FCM_MESSAGES_PER_SECOND: expected a whole number from 1[^]*LOG_LEVEL/);
  });

  test('a worker on a database that lacks migrations says which command brings them', async () => {
    const empty = await createDatabase({ migrated: false });
    const { code, error } = await run(['worker'], { ...env, DATABASE_URL: empty.url });
    await empty.drop();
    expect(code).toBe(1);
    expect(error).toMatch(/E_SCHEMA_BEHIND.*scenario-push migrate up/);
  });
});
