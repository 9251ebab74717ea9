import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { check } from '../../proof/bench/alternatives/check.ts';
import { expectedOf, type Expected } from '../../proof/bench/alternatives/expected.ts';
import { COMPARED_TYPES } from '../../proof/bench/alternatives/kit/due.ts';
import { sweepByLoop } from '../../proof/bench/alternatives/loop/sweep.ts';
import { loadAudience } from '../../proof/bench/load-audience.ts';
import type { LedgerEntry } from '../../local/fcm-emulator/emulator.ts';
import { createFirebaseSender } from '../../push/firebase-sender.ts';
import type { PushSender } from '../../push/push-sender.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startEmulator } from '../support/emulator.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';

const asOf = new Date('2026-11-20T12:00:00Z');

let folder: TestFolder;
let database: TestDatabase;
let emulator: Awaited<ReturnType<typeof startEmulator>>;
let push: PushSender;
let expected: Expected;
let ledgerFile: string;

beforeAll(async () => {
  folder = createFolder();
  ledgerFile = join(folder.path, 'ledger.jsonl');
  [database, emulator] = await Promise.all([createDatabase(), startEmulator({ ledgerFile })]);
  push = createFirebaseSender({ projectId: 'test', emulatorHost: emulator.address });
  await loadAudience(database.pool, { mentors: 300, seed: 7, asOf, duePercent: 30 });
  await coolDown(
    [...(await expectedOf(database.pool, asOf)).due.values()]
      .find((what) => what.includes('inactivity'))!
      .split(' ')[0]!,
  );
  expected = await expectedOf(database.pool, asOf);
  await sweepByLoop(database.pool, push, asOf);
});

afterAll(async () => {
  await push.close();
  await emulator.stop();
  await database.drop();
  folder.remove();
});

/** Three hundred mentors are too few for the audience to hold somebody who was reminded a week ago. */
async function coolDown(userId: string): Promise<void> {
  await database.pool.query(
    `insert into scenario_notifications (
       user_id, scenario_type, triggered_at, dispatched_at, evaluation_date, cooldown_window_start, delivery_status, idempotency_key)
     values ($1, 'inactivity', $2::timestamptz - interval '7 days', $2::timestamptz - interval '7 days', ($2::timestamptz)::date - 7, '-infinity', 'sent', 'a week ago')`,
    [userId, asOf],
  );
}

const checked = () => check(database.pool, ledgerFile, asOf, expected);
const ledger = () => readFileSync(ledgerFile, 'utf8').trimEnd().split('\n');

describe('a loop over 300 mentors, each evaluated by queries of her own', () => {
  test('sends and records exactly what the independent evaluator says is due, of every type compared', async () => {
    expect(await checked()).toMatchObject({
      agrees: true,
      sent: expected.reachable.size,
      records: expected.reachable.size,
    });
    const types = new Set([...expected.due.values()].map((what) => what.split(' ')[1]));
    expect([...types].toSorted()).toEqual(COMPARED_TYPES.toSorted());
    expect(expected.withoutDevice).toBeGreaterThan(0);
  });

  test('sends nothing when it is started again', async () => {
    const before = ledger().length;
    await sweepByLoop(database.pool, push, asOf);
    // A dead token is out of use by then: its notification is logged as failed, and not tried again.
    expect(ledger()).toHaveLength(before);
  });
});

describe('the check', () => {
  test('tells a record that is missing', async () => {
    const { rows } = await database.pool.query(
      'delete from scenario_notifications where triggered_at = $1 and idempotency_key = $2 returning *',
      [asOf, [...expected.reachable][0]],
    );
    expect(rows).toHaveLength(1);
    expect(await checked()).toMatchObject({ agrees: false, without_record: 1, missed: 0 });
    const { cooldown_from: _, ...row } = rows[0] as Record<string, unknown>;
    // -infinity does not survive the way through JavaScript.
    const columns = Object.keys(row).filter((column) => column !== 'cooldown_window_start');
    await database.pool.query(
      `insert into scenario_notifications (cooldown_window_start, ${columns.join(', ')}) values ('-infinity', ${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
      columns.map((column) => row[column]),
    );
    expect(await checked()).toMatchObject({ agrees: true });
  });

  test('tells a notification that nobody sent, one that is not due, and one of another mentor', async () => {
    const [key, other] = [...expected.reachable] as [string, string];
    const without = { ...expected, due: new Map([...expected.due].filter(([one]) => one !== key)) };
    expect(await check(database.pool, ledgerFile, asOf, without)).toMatchObject({
      agrees: false,
      not_due: 1,
      wrong_records: 1,
    });
    const more = { ...expected, reachable: new Set([...expected.reachable, 'never sent']) };
    expect(await check(database.pool, ledgerFile, asOf, more)).toMatchObject({ agrees: false, missed: 1 });
    const swapped = { ...expected, due: new Map(expected.due).set(key, expected.due.get(other)!) };
    expect(await check(database.pool, ledgerFile, asOf, swapped)).toMatchObject({ agrees: false, wrong_records: 1 });
  });

  test('tells a notification that one device got twice, and not one that two devices got', async () => {
    const entries = ledger().map((line) => JSON.parse(line) as LedgerEntry);
    const perKey = Map.groupBy(
      entries.filter(({ delivered }) => delivered),
      ({ notification_id }) => notification_id,
    );
    expect([...perKey.values()].some((devices) => devices.length === 2)).toBe(true);
    expect(await checked()).toMatchObject({ sent_twice: 0 });
    appendFileSync(ledgerFile, `${JSON.stringify(entries.find(({ delivered }) => delivered))}\n`);
    expect(await checked()).toMatchObject({ agrees: false, sent_twice: 1 });
  });
});
