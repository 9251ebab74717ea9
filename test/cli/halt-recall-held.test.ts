import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { readDispatchState } from '../../db/dispatch-state.ts';
import { currentHalt } from '../../db/halts.ts';
import { notedDecisions } from '../../db/held.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { HOUR, MINUTE } from '../../domain/durations.ts';
import type { DeviceOutcome } from '../../domain/outcome.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { begin, claimRequest, dispatchAs, recordsOf, takeOver } from '../db/claiming.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, mentor } from '../support/factories.ts';
import { runInProcess } from '../support/in-process.ts';

const now = new Date();
const NOTE = 'the text names the wrong year';
const UNKNOWN: DeviceOutcome = { status: 'unknown', code: 'messaging/server-unavailable' };
let database: TestDatabase;
let repository: ScenarioRepository;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  database = await createDatabase();
  repository = new ScenarioRepository(database.worker.db);
  env = { DATABASE_URL: database.worker.url, TEMPORAL_ADDRESS: 'x:y:z', NO_COLOR: '1' };
});
afterAll(() => database.drop());

beforeEach(async () => {
  await sql`truncate users, evaluation_batches, evaluation_runs, sending_halts, push_gates cascade`.execute(
    database.db,
  );
});

const run = (...args: string[]) => runInProcess(args, env);
async function json(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, out, error } = await run(...args, '--json');
  expect({ code, error }).toMatchObject({ code: 0 });
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Mentors who have been quiet for years, and a batch that has claimed a notification for each. */
async function claimed(mentors: number, scenarioType: ScenarioType = 'inactivity', workflowId = 'sweep-a') {
  const chapterId = await chapter(database.db);
  const users: string[] = [];
  for (let i = 0; i < mentors; i++) {
    const activities =
      scenarioType === 'inactivity'
        ? []
        : ['2026-01-01', new Date(now.getTime() - 24 * HOUR).toISOString().slice(0, 10)];
    users.push(await mentor(database.db, { chapterId, activities }));
  }
  const planKey = `${workflowId}-plan`;
  await repository.startRun({ workflowId, firstRunId: workflowId, scenarioType, planKey, asOf: now, now });
  const request = claimRequest(now, { scenarioType, workflowId, planKey });
  const { claimed: claims } = await repository.evaluateAndClaim(request);
  expect(claims).toBe(mentors);
  return { batchKey: request.batchKey, users };
}

/** As {@link claimed}, and each may have arrived and is not tried again. */
async function held(mentors: number, scenarioType: ScenarioType = 'inactivity', at = now) {
  const batch = await claimed(mentors, scenarioType, `sweep-${scenarioType}`);
  await sql`update scenario_claims set on_unknown = 'hold' where batch_key = ${batch.batchKey}`.execute(database.db);
  expect(await dispatchAs(repository, batch.batchKey, at, UNKNOWN)).toMatchObject({ held: mentors });
  return { ...batch, keys: await keysOf(batch.batchKey) };
}

const claims = (batchKey: string) =>
  database.db.selectFrom('scenario_claims').selectAll().where('batch_key', '=', batchKey).orderBy('user_id').execute();
const keysOf = async (batchKey: string) => (await claims(batchKey)).map((claim) => claim.idempotency_key);
const statesOf = async (batchKey: string) => (await claims(batchKey)).map((claim) => claim.state);

describe('halt', () => {
  test('stops sending until it is ended, and says so when asked', async () => {
    const { batchKey } = await claimed(2);
    expect((await run('halt')).out).toBe('sending is not halted; 2 notifications wait to be sent\n');
    expect(await run('halt', '--note', NOTE)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^halted: .*2 noti/),
    });
    const fence = await takeOver(repository, batchKey, now);
    expect(await begin(repository, batchKey, fence, now)).toEqual([]);
    expect(await json('halt', '--status')).toMatchObject([
      { halted: true, note: NOTE, change: 'unchanged', waiting: 2 },
    ]);
    expect((await run('halt')).out).toMatch(new RegExp(`^all sending is halted since .*: "${NOTE}"; 2 noti`));

    expect((await run('halt', '--end')).out).toMatch(/^ended: .*"the text names the wrong year"\)\n$/);
    expect(await currentHalt(database.db)).toBeNull();
    expect(await begin(repository, batchKey, fence, now)).toHaveLength(2);
  });

  test('a second halt leaves the first in force, with its note', async () => {
    await run('halt', '--note', NOTE);
    const { code, out } = await run('halt', '--note', 'something else');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(new RegExp(`"${NOTE}".*\n.*nothing changed\n$`)),
    });
    expect(await database.db.selectFrom('sending_halts').select('note').execute()).toEqual([{ note: NOTE }]);
  });

  test('ending what is not halted changes nothing and says so', async () => {
    expect(await run('halt', '--end')).toMatchObject({ code: 0, out: 'sending was not halted; nothing changed\n' });
    expect(await json('halt', '--end')).toEqual([
      { halted: false, note: null, since: null, change: 'unchanged', waiting: 0 },
    ]);
  });

  test.each([[''], ['   '], ['123'], ['!!'], ['two\nlines'], ['x'.repeat(501)]])(
    'without a note in words, such as %j, it is refused',
    async (note) => {
      const { code, error } = await run('halt', '--note', note);
      expect({ code, error }).toEqual({ code: 2, error: expect.stringMatching(/expected why, in words/) });
      expect(await currentHalt(database.db)).toBeNull();
    },
  );

  test('--note and --end together are refused', async () => {
    expect(await run('halt', '--end', '--note', NOTE)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/cannot be used/),
    });
  });

  test('runs says on standard error that sending is halted, and prints its lines as before', async () => {
    await claimed(1);
    expect((await run('runs', '--json')).error).toBe('');
    await run('halt', '--note', NOTE);
    const { out, error } = await run('runs', '--json');
    expect(error).toMatch(new RegExp(`^all sending is halted since .*"${NOTE}"; nothing is sent until`));
    expect(JSON.parse(out)).toMatchObject({ state: 'running', claimed: 1 });
  });

  test('doctor counts a halt as something to do, and a closed push service as something that passes', async () => {
    const sending = async () => {
      const { out } = await run('doctor', '--json');
      const findings = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { check: string; ok: boolean; detail: string });
      return findings.find((finding) => finding.check === 'sending');
    };
    expect(await sending()).toMatchObject({ ok: true, detail: 'not halted, and the push service is open' });
    await repository.closeGate({
      projectId: 'p',
      reason: 'messaging/server-unavailable',
      askedMs: HOUR,
      firstPauseMs: 1,
      longestPauseMs: 1,
      jitter: 0,
    });
    expect(await sending()).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/project p is closed until .*server-unavailable/),
    });
    await run('halt', '--note', NOTE);
    expect(await sending()).toMatchObject({ ok: false, detail: expect.stringMatching(/^E_HALTED: .*halt --end/) });
  });

  test('a halt and a closed push service are measured', async () => {
    const measured = () => readDispatchState(database.worker.db, now);
    expect(await measured()).toMatchObject({ is_halted: false, is_gate_closed: false });
    await run('halt', '--note', NOTE);
    await repository.closeGate({
      projectId: 'p',
      reason: 'quota',
      askedMs: HOUR,
      firstPauseMs: 1,
      longestPauseMs: 1,
      jitter: 0,
    });
    expect(await measured()).toMatchObject({ is_halted: true, is_gate_closed: true });
    await run('halt', '--end');
    await repository.endProbe('p', true);
    expect(await measured()).toMatchObject({ is_halted: false, is_gate_closed: false });
  });
});

describe('recall', () => {
  test('withdraws what has not left, leaves alone what may have, and counts both', async () => {
    const { batchKey } = await claimed(5);
    const fence = await takeOver(repository, batchKey, now);
    const [first] = await begin(repository, batchKey, fence, now);
    await sql`delete from delivery_attempts where claim_id <> ${first!.claim_id}`.execute(database.db);

    expect((await run('recall', '--scenario', 'inactivity')).out).toMatch(
      /^withdrew 4: .*\nleft 1 alone: they may have left already/,
    );
    expect((await statesOf(batchKey)).sort()).toEqual(['open', 'released', 'released', 'released', 'released']);
    expect(await json('runs')).toMatchObject([{ claimed: 5, withdrawn: 4, unknown: 1 }]);
    expect(await json('recall', '--all')).toEqual([{ withdrawn: 0, left_alone: 1 }]);
  });

  test('of one sweep leaves the claims of others', async () => {
    const a = await claimed(2);
    const b = await claimed(1, 'welcome_back', 'sweep-b');
    expect(await json('recall', '--sweep', 'sweep-b')).toEqual([{ withdrawn: 1, left_alone: 0, sent: 0 }]);
    expect([await statesOf(a.batchKey), await statesOf(b.batchKey)]).toEqual([['open', 'open'], ['released']]);
  });

  test('of one scenario type leaves the claims of the others', async () => {
    const a = await claimed(2);
    const b = await claimed(1, 'welcome_back', 'sweep-b');
    expect(await json('recall', '--scenario', 'inactivity')).toEqual([{ withdrawn: 2, left_alone: 0 }]);
    expect([await statesOf(a.batchKey), await statesOf(b.batchKey)]).toEqual([['released', 'released'], ['open']]);
  });

  test('of what was sent says so and changes nothing; the run that has ended is summed again where something was withdrawn', async () => {
    const { batchKey, users } = await claimed(1);
    await dispatchAs(repository, batchKey, now);
    await repository.countBatch(batchKey, now);
    await repository.sumRun({ workflowId: 'sweep-a', firstRunId: 'sweep-a', end: { at: now, state: 'finished' } });
    const { code, out } = await run('recall', '--sweep', 'sweep-a');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^nothing was withdrawn.*\n1 of it was sent already/),
    });
    expect(await recordsOf(database.db, users[0]!)).toMatchObject([{ delivery_status: 'sent' }]);
    expect(await json('runs')).toMatchObject([{ state: 'finished', sent: 1, withdrawn: 0 }]);
  });

  test('needs to know what, and a sweep that there is', async () => {
    expect(await run('recall')).toMatchObject({ code: 2, error: expect.stringMatching(/^E_RECALL_WHAT/) });
    expect(await run('recall', '--all', '--scenario', 'milestone')).toMatchObject({ code: 2 });
    expect(await run('recall', '--sweep', 'sweep-z')).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^E_SWEEP_UNKNOWN.*sweep-z/),
    });
  });
});

describe('held', () => {
  test('list shows what became of the attempts, of the types and since the instant asked for', async () => {
    const [
      {
        keys: [key],
      },
    ] = [await held(1)];
    await held(2, 'welcome_back', new Date(now.getTime() + MINUTE));
    const { out } = await run('held', 'list');
    expect(out).toMatch(
      new RegExp(
        `^${key!.slice(0, 12)}  inactivity, held since [^]*? why +messaging/server-unavailable, the rule says hold`,
      ),
    );
    expect((await json('held', 'list')).map((line) => line['scenario_type'])).toEqual([
      'inactivity',
      'welcome_back',
      'welcome_back',
    ]);
    expect(await json('held', 'list', '--scenario', 'inactivity')).toMatchObject([
      {
        idempotency_key: key,
        attempts: 1,
        error_codes: ['messaging/server-unavailable'],
        last_attempt_at: now.toISOString(),
      },
    ]);
    const since = ['--since', new Date(now.getTime() + MINUTE).toISOString()];
    expect(await json('held', 'list', ...since)).toHaveLength(2);
    expect((await run('held', 'list', '--limit', '1')).out).toMatch(/\nand 2 more: --limit\n$/);
  });

  test('a prefix of eight digits settles the one that it begins; seven are refused', async () => {
    const { keys, batchKey, users } = await held(1);
    expect(await run('held', 'settle', keys[0]!.slice(0, 7))).toMatchObject({ code: 2 });
    expect(await statesOf(batchKey)).toEqual(['held']);
    expect(await json('held', 'settle', keys[0]!.slice(0, 8).toUpperCase())).toEqual([
      { idempotency_key: keys[0], status: 'settled' },
    ]);
    expect(await recordsOf(database.db, users[0]!)).toMatchObject([{ delivery_status: 'sent' }]);
  });

  test('a note is kept with what it is about; one of 501 characters is refused', async () => {
    const { keys } = await held(2);
    expect(await run('held', 'settle', keys[0]!, '--note', 'x'.repeat(501))).toMatchObject({ code: 2 });
    expect(await notedDecisions(database.worker.db, 10)).toEqual([]);
    await json('held', 'settle', keys[0]!, '--note', ' they called back ');
    await json('held', 'release', keys[1]!, '--note', 'x'.repeat(500));
    expect((await notedDecisions(database.worker.db, 10)).map(({ state, note }) => [state, note]).toSorted()).toEqual([
      ['released', 'x'.repeat(500)],
      ['sent', 'they called back'],
    ]);
  });

  test('a prefix of several lists them and changes nothing, also of the other keys', async () => {
    const { batchKey } = await held(3);
    const alike = ['a', 'b'].map((last) => `12345678${last}`.padEnd(64, '0'));
    const before = await keysOf(batchKey);
    for (const [i, key] of alike.entries()) {
      await sql`update scenario_claims set idempotency_key = ${key} where idempotency_key = ${before[i]!}`.execute(
        database.db,
      );
    }
    const { code, error } = await run('held', 'release', before[2]!, '12345678');
    expect(code).toBe(2);
    expect(error).toMatch(/^E_KEY_AMBIGUOUS: 12345678 begins several keys/);
    for (const key of alike) expect(error).toContain(key);
    expect(await statesOf(batchKey)).toEqual(['held', 'held', 'held']);
    expect(await json('held', 'settle', '12345678a')).toEqual([{ idempotency_key: alike[0], status: 'settled' }]);
  });

  test('one that was settled or released before says so, ends with 1 and changes nothing', async () => {
    const { keys, batchKey } = await held(2);
    await run('held', 'settle', keys[0]!);
    await run('held', 'release', keys[1]!);
    const again = await run('held', 'release', keys[0]!.slice(0, 12));
    expect(again).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^E_NOT_HELD: .* is settled since .*Z: its record says sent/),
    });
    expect(await run('held', 'settle', keys[1]!)).toMatchObject({
      code: 1,
      error: expect.stringMatching(/was released at .*Z/),
    });
    expect((await statesOf(batchKey)).sort()).toEqual(['released', 'sent']);
    const records = database.db.selectFrom('scenario_notifications').select(['idempotency_key', 'delivery_status']);
    expect(await records.execute()).toEqual([{ idempotency_key: keys[0], delivery_status: 'sent' }]);
    expect(await run('held', 'settle', 'f'.repeat(64))).toMatchObject({
      code: 1,
      error: expect.stringMatching(/the key of no notification/),
    });
  });

  test('one that is still being sent is not decided', async () => {
    const { batchKey } = await claimed(1);
    const [key] = await keysOf(batchKey);
    expect(await run('held', 'settle', key!)).toMatchObject({
      code: 1,
      error: expect.stringMatching(/it is still being sent/),
    });
  });

  test('in bulk decides those of the types and since the instant, and no others', async () => {
    const old = await held(2);
    const young = await held(2, 'welcome_back', new Date(now.getTime() + MINUTE));
    expect((await run('held', 'release', '--scenario', 'welcome_back')).out).toBe('released 2: 2 welcome_back\n');
    expect([await statesOf(old.batchKey), await statesOf(young.batchKey)]).toEqual([
      ['held', 'held'],
      ['released', 'released'],
    ]);
    expect((await run('held', 'settle', '--since', new Date(now.getTime() + 1).toISOString())).out).toMatch(
      /^nothing of it is held/,
    );
    expect((await json('held', 'settle', '--all')).map((line) => line['status'])).toEqual(['settled', 'settled']);
    expect(await statesOf(old.batchKey)).toEqual(['sent', 'sent']);
    expect((await run('held', 'settle', '--all')).out).toBe('nothing of it is held; nothing changed\n');
  });

  test.each([[[]], [['--all', 'f'.repeat(64)]], [['--all', '--scenario', 'milestone']]])(
    '%j is misuse',
    async (args) => {
      expect(await run('held', 'settle', ...args)).toMatchObject({ code: 2 });
    },
  );
});

describe('explain', () => {
  test.each([
    ['opted_out', 'withdrawn: opted out meanwhile'],
    ['not_active', 'withdrawn: no longer an active peer mentor'],
    ['rule_off', 'withdrawn: the rule was switched off'],
    ['no_longer_due', 'withdrawn: no longer due'],
    ['stopped', 'withdrawn: its sweep was stopped'],
  ])('says %s in words', async (reason, words) => {
    const { batchKey, users } = await claimed(1);
    await sql`update scenario_claims set state = 'released', release_reason = ${reason}, settled_at = now()
      where batch_key = ${batchKey}`.execute(database.db);
    expect((await run('explain', '--mentor', users[0]!, '--scenario', 'inactivity')).out).toContain(words);
  });

  test('says what a claim waits for: a worker, hours, its next attempt, the push service, the end of a halt, a recall', async () => {
    const { batchKey, users } = await claimed(1);
    const explain = ['explain', '--mentor', users[0]!, '--scenario', 'inactivity'];
    const history = async () => {
      const [answer] = (await json(...explain)) as { scenarios: { history: { waits: unknown }[] }[] }[];
      return answer!.scenarios[0]!.history[0]!.waits;
    };
    expect(await history()).toEqual({ for: 'worker', until: null, reason: null });
    expect((await run(...explain)).out).toMatch(
      /claimed, not sent yet[^]*as soon as a worker takes it up; its time to live ends/,
    );

    const setSendAt = (at: Date | null) =>
      database.db.updateTable('scenario_claims').set({ send_at: at }).where('batch_key', '=', batchKey).execute();
    const opens = new Date(now.getTime() + 2 * HOUR);
    await setSendAt(opens);
    expect(await history()).toEqual({ for: 'hours', until: opens.toISOString(), reason: null });
    expect((await run(...explain)).out).toContain(`waits: their hours begin at ${opens.toISOString()} (`);
    await setSendAt(null);

    const fence = await takeOver(repository, batchKey, now);
    const attempts = await begin(repository, batchKey, fence, now);
    await repository.learnOutcomes(
      attempts.map((attempt) => ({ ...attempt, outcome: UNKNOWN, answered_at: now })),
      now,
    );
    await repository.settleClaims({
      batchKey,
      fence,
      now,
      unknownRetryDelaysMs: [HOUR],
      refusedRetryDelaysMs: [0],
      giveUpAfterMs: HOUR,
    });
    const next = new Date(now.getTime() + HOUR).toISOString();
    expect(await history()).toEqual({ for: 'next_attempt', until: next, reason: null });
    expect((await run(...explain)).out).toContain(`may have arrived, and is tried again`);
    expect((await run(...explain)).out).toContain(`waits: tried next at ${next}`);

    await repository.closeGate({
      projectId: 'p',
      reason: 'quota',
      askedMs: MINUTE,
      firstPauseMs: 1,
      longestPauseMs: 1,
      jitter: 0,
    });
    expect(await history()).toEqual({ for: 'push_service', until: next, reason: 'quota' });
    await run('halt', '--note', NOTE);
    expect(await history()).toEqual({ for: 'end_of_halt', until: null, reason: NOTE });
    expect((await run(...explain)).out).toContain(`waits: all sending is halted ("${NOTE}")`);
  });

  test('a recalled notification says so, and waits for nothing', async () => {
    const { users } = await claimed(1);
    await run('recall', '--all');
    expect((await run('explain', '--mentor', users[0]!, '--scenario', 'inactivity')).out).toContain(
      'withdrawn: recalled by an operator',
    );
  });
});

describe('runs', () => {
  test('counts what has not ended as it is now, and says how the others ended', async () => {
    const { batchKey } = await claimed(2);
    const [running] = await json('runs');
    expect(running).toMatchObject({
      state: 'running',
      end_state: null,
      mentors_evaluated: 2,
      candidates: 2,
      claimed: 2,
      sent: 0,
    });
    await dispatchAs(repository, batchKey, now);
    await repository.countBatch(batchKey, now);
    expect(await json('runs')).toMatchObject([{ state: 'running', sent: 2 }]);
    await repository.sumRun({ workflowId: 'sweep-a', firstRunId: 'sweep-a', end: { at: now, state: 'terminated' } });
    expect(await json('runs')).toMatchObject([{ state: 'terminated', sent: 2, withdrawn: 0 }]);
    expect((await run('runs')).out).toMatch(
      /^sweep-a\n  started .*\n  inactivity: terminated\n +mentors +2\n +due +2\n +claimed +2: 2 sent\n$/,
    );
  });
});
