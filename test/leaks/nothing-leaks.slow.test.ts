import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import type { Answer, FcmEmulator } from '../../local/fcm-emulator/emulator.ts';
import { chapter, daysBefore, device, mentor, rule } from '../support/factories.ts';
import { startEmulator } from '../support/emulator.ts';
import { findLeaks } from '../support/find-leaks.ts';
import { startRunningService, type Outcome, type RunningService } from '../support/running-service.ts';
import { filePlaces, temporalPlaces, type Place } from '../support/stored-texts.ts';

const asOf = new Date(Date.now() - 60_000);
/** Each can be told apart from everything else that is written anywhere, and is written differently in JSON and in a URL. */
const canary = (what: string) => `kanarifugl ${what} "æøå" \\ %41 🐤`;
const asToken = (what: string) => `kanari+token/${what}=${'x'.repeat(120)}"\\é`;

/** What each device's answers are; the mentor's token is named after them. */
const FAULTS: Record<string, Answer[]> = {
  accepted: [],
  'reset after 200': ['reset_after_accept'],
  truncated: ['truncated'],
  'cut off': ['cut_off'],
  '503': ['unavailable'],
  'html 502': ['bad_gateway'],
  '404': ['unregistered'],
  '400 with the token': [
    { answer: 'invalid_argument', says: `The registration token ${asToken('400 with the token')} is not valid` },
  ],
  '401': ['third_party_auth'],
  '403': ['sender_mismatch'],
  '429': [{ answer: 'quota', retry_after: 1 }],
};

let service: RunningService;
let client: Client;
let again: FcmEmulator;
const commands: { args: string[]; outcome: Outcome }[] = [];
const mentors: Record<string, string> = {};

async function run(...args: string[]): Promise<Outcome> {
  const outcome = await service.run(args);
  commands.push({ args, outcome });
  return outcome;
}

beforeAll(async () => {
  service = await startRunningService();
  client = service.client();
  await fill();
  // Nothing listens: the first dispatch is refused a connection. Then a server that answers as scripted.
  await service.emulator.stop();
  const sweep = run('sweep', '--as-of', asOf.toISOString(), '--wait');
  await until(async () => (await claims()) >= Object.keys(FAULTS).length);
  await sleep(1_500);
  await withHostileTriggers(async () => {
    again = await startEmulator({ port: Number(service.emulator.address.split(':')[1]), latencyMs: 100 });
    for (const [fault, answers] of Object.entries(FAULTS)) again.script(asToken(fault), ...answers);
    await until(async () =>
      /terminating connection|Connection terminated/.test(readFileSync(service.workerLog, 'utf8')),
    );
  });
  expect(await sweep).toMatchObject({ code: 0 });
  await speak();
}, 300_000);
afterAll(async () => {
  await again?.stop();
  await service.stop();
});

/** Mentors whose every text is a canary, a rule that cannot be read, a timezone that does not exist. */
async function fill(): Promise<void> {
  const { db } = service.database;
  const chapterId = await chapter(db);
  for (const fault of Object.keys(FAULTS)) {
    const id = await mentor(db, { chapterId, devices: [], activities: [daysBefore(asOf, 40)] });
    await device(db, id, { token: asToken(fault) });
    await db
      .insertInto('certifications')
      .values({ user_id: id, certification_type: canary('certificate'), expires_on: daysBefore(asOf, -5) })
      .execute();
    mentors[fault] = id;
  }
  const texts = Object.fromEntries(
    ['nb', 'nn', 'en'].map((language) => [
      language,
      { title: canary(`title ${language}`), body: canary(`body ${language} {days}`) },
    ]),
  );
  await rule(db, { scenarioType: 'inactivity', chapterId, parameters: { inactive_days: 30, messages: texts } });
  await sql`update organizations set name = ${canary('organisation')}`.execute(db);
  await sql`update chapters set name = ${canary('chapter')}`.execute(db);

  const nowhere = await chapter(db);
  await sql`update organizations set timezone = ${canary('timezone')} where id = (select organization_id from chapters where id = ${nowhere})`.execute(
    db,
  );
  mentors['bad timezone'] = await mentor(db, { chapterId: nowhere });
  const unreadable = await chapter(db);
  // As a database that was restored without its checks may have it.
  await sql`alter table scenario_rules drop constraint scenario_rules_parameters_check, disable trigger scenario_rules_sound_texts`.execute(
    db,
  );
  await rule(db, {
    scenarioType: 'inactivity',
    chapterId: unreadable,
    parameters: { inactive_days: canary('rule'), messages: { nb: { title: canary('unread title') } } },
  });
  mentors['bad rule'] = await mentor(db, { chapterId: unreadable });
}

/**
 * A record, an outcome and a token that cannot be written: first PostgreSQL ends the connection amid it, then triggers
 * refuse it and quote whatever they can.
 */
async function withHostileTriggers(work: () => Promise<void>): Promise<void> {
  const { db } = service.database;
  const behave = (does: string) =>
    sql
      .raw(
        `create or replace function hostile() returns trigger language plpgsql as $$ begin ${does} return new; end $$`,
      )
      .execute(db);
  await behave('perform pg_terminate_backend(pg_backend_pid());');
  for (const [table, event] of [
    ['scenario_notifications', 'insert'],
    ['device_tokens', 'update'],
  ] as const) {
    await sql
      .raw(`create trigger hostile before ${event} on ${table} for each row execute function hostile()`)
      .execute(db);
  }
  try {
    await work();
    await behave(`
      raise exception 'refused: % of % with %', to_jsonb(new), (select string_agg(token, ', ') from device_tokens),
        (select string_agg(parameters::text, ', ') from scenario_rules)
        using detail = (select string_agg(token, ', ') from device_tokens);`);
    await until(async () => readFileSync(service.workerLog, 'utf8').includes('SQLSTATE P0001'));
    await sleep(3_000);
  } finally {
    await sql
      .raw(
        'drop trigger hostile on scenario_notifications; drop trigger hostile on device_tokens; drop function hostile',
      )
      .execute(db);
  }
}

/** Every command that says something about mentors, with results and with failures. */
async function speak(): Promise<void> {
  const held = await mentor(service.database.db, { devices: [] });
  await device(service.database.db, held, { token: asToken('held') });
  await rule(service.database.db, {
    scenarioType: 'inactivity',
    onUnknown: 'hold',
    chapterId: await chapterOf(held),
    parameters: {},
  });
  again.script(asToken('held'), 'unavailable');
  await run('notify', '--mentor', held, '--scenario', 'inactivity', '--wait');
  const { out } = await run('held', 'list', '--json');
  await run('held', 'settle', (JSON.parse(out.split('\n')[0]!) as { idempotency_key: string }).idempotency_key);
  await run('held', 'release', '0'.repeat(64));
  for (const id of Object.values(mentors)) await run('explain', '--mentor', id, '--json');
  await run('explain', '--mentor', mentors['accepted']!);
  await run('preview', '--as-of', asOf.toISOString(), '--json');
  await run('preview');
  await run('runs', '--json');
  await run('doctor', '--json');
  await run('schedules', 'apply');
  await run('migrate', 'status');
}

async function chapterOf(mentorId: string): Promise<string> {
  return (
    await service.database.db
      .selectFrom('users')
      .select('chapter_id')
      .where('id', '=', mentorId)
      .executeTakeFirstOrThrow()
  ).chapter_id!;
}

async function claims(): Promise<number> {
  return (await service.database.db.selectFrom('scenario_claims').select('id').execute()).length;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await condition()) return;
    await sleep(100);
  }
  throw new Error('did not come about within a minute');
}

/** Everything that nobody outside the database may read: device tokens. */
async function tokens(): Promise<string[]> {
  return (await service.database.db.selectFrom('device_tokens').select('token').execute()).map(({ token }) => token);
}

/** What was written to mentors and about them: texts sent, texts of rules, certificates, names. */
async function texts(): Promise<string[]> {
  const { db } = service.database;
  const posts = await again.ledger();
  const own = await sql<{ text: string }>`
    select value #>> '{}' as text from scenario_rules, jsonb_path_query(parameters, '$.**') as value where jsonb_typeof(value) = 'string'
    union select certification_type from certifications
    union select name from organizations where name like 'kanari%' union select name from chapters where name like 'kanari%'
    union select timezone from organizations where timezone like 'kanari%'`.execute(db);
  return [
    ...own.rows.map((row) => row.text),
    ...posts.flatMap(({ title, body }) => [title, body]).filter((text) => text !== null),
  ];
}

/** A further place to search is a further line. */
async function places(): Promise<Place[]> {
  return [
    ...(await temporalPlaces(client)),
    ...filePlaces(service.workerLog, `${service.folder}/temporal.log`),
    { name: 'metrics', text: await fetch(service.metricsUrl).then((answer) => answer.text()) },
    ...filePlaces(service.temporalDatabase, `${service.temporalDatabase}-wal`),
    ...commands.map(({ args, outcome }) => ({ name: `stderr of ${args.join(' ')}`, text: outcome.error })),
    ...commands
      .filter(({ args }) => !SHOWS_TEXTS.has(args[0]!))
      .map(({ args, outcome }) => ({ name: `stdout of ${args.join(' ')}`, text: outcome.out })),
  ];
}

/** They are asked what a mentor would be told and by which rule, by somebody who reads the database anyway. */
const SHOWS_TEXTS = new Set(['explain', 'preview']);

describe('after a sweep with every fault, single notifications, and every command that reads', () => {
  test('all that was to go wrong has gone wrong', async () => {
    const posts = (await again.ledger()).map((post) => post.answer);
    expect([...new Set(posts)].sort()).toEqual(
      expect.arrayContaining([
        'accepted',
        'bad_gateway',
        'cut_off',
        'invalid_argument',
        'quota',
        'reset_after_accept',
        'sender_mismatch',
        'third_party_auth',
        'truncated',
        'unavailable',
        'unregistered',
      ]),
    );
    const log = readFileSync(service.workerLog, 'utf8');
    const said = ['E_RECORD_NOT_WRITTEN', 'SQLSTATE P0001', 'app/no-connection'];
    expect(said.filter((text) => !log.includes(text))).toEqual([]);
    const runs = await service.database.db.selectFrom('evaluation_runs').select('mentors_misconfigured').execute();
    expect(runs.some((each) => each.mentors_misconfigured > 0)).toBe(true);
  });

  test('no device token is in a history, a memo, a Schedule, a log, a metric, the server’s own file, or what a command prints', async () => {
    const all = [
      ...(await places()),
      ...commands.map(({ args, outcome }) => ({ name: `stdout of ${args.join(' ')}`, text: outcome.out })),
    ];
    expect(all.find(({ name }) => name === 'metrics')?.text).toContain('scenario_push_');
    const secrets = await tokens();
    expect(secrets.length).toBeGreaterThan(Object.keys(FAULTS).length);
    expect(findLeaks(secrets, all)).toEqual([]);
  });

  test('no text that was sent or could be, no certificate, no name is there either', async () => {
    const secrets = await texts();
    expect(secrets.filter((text) => text.includes('title nb'))).not.toEqual([]);
    expect(findLeaks(secrets, await places())).toEqual([]);
  });
});

describe('the search', () => {
  const token = asToken('accepted');
  const plant = async (memo: Record<string, unknown>) => {
    const workflowId = `canary-${Math.random()}`;
    const handle = await client.workflow.start('scenarioSweep', { workflowId, taskQueue: 'nobody', args: [], memo });
    const found = findLeaks([token], await places()).filter(
      (each) => each.includes('canary-') || each.includes('temporal.db'),
    );
    await handle.terminate('test');
    return found;
  };

  test.each([
    ['as it is', token],
    ['in JSON within JSON', JSON.stringify(JSON.stringify({ token }))],
    ['in base64', Buffer.from(`a${JSON.stringify({ message: { token } })}`).toString('base64')],
    ['in a URL', `https://example.org/?token=${encodeURIComponent(token)}`],
  ])('finds a token %s in a memo', async (_, text) => {
    expect(await plant({ note: text })).not.toEqual([]);
  });

  test('finds one in a stack, and repeats no more than its beginning', async () => {
    const found = findLeaks([asToken('404')], [{ name: 'stack', text: `Error: x\n  at ${asToken('404')}` }]);
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain(asToken('404'));
  });
});
