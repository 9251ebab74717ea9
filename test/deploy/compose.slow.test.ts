import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import getPort from 'get-port';
import { findTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporalServer } from '../../local/temporal-server.ts';
import type { FcmEmulator } from '../../local/fcm-emulator/emulator.ts';
import { readCompose, startOrder, type ComposeService } from '../support/compose.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startEmulator } from '../support/emulator.ts';
import { chapter, mentor } from '../support/factories.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';
import { imageCommand, insideImage, thisCheckout, type ImageRunner, type Launch } from '../support/image.ts';
import { mustClose } from '../support/leaks.ts';
import { runProcess } from '../support/running-service.ts';

const image = process.env['TEST_IMAGE'];
const psql = spawnSync('psql', ['--version']).status === 0;
const untested = (what: string): string => ` (NOT TESTED: no ${what})`;

test('the compose file demands its passwords and the credentials by name', () => {
  expect(() => readCompose({})).toThrow('set POSTGRES_PASSWORD');
  expect(() => readCompose({ POSTGRES_PASSWORD: 'a' })).toThrow('set WORKER_PASSWORD');
});

(psql ? describe : describe.skip)(`the services of the compose file, in order${psql ? '' : untested('psql')}`, () => {
  for (const [where, runner] of [
    ['as the processes they stand for', thisCheckout],
    [
      `inside the image${image ? '' : untested('image, see deploy/build-with-buildah')}`,
      image && (() => insideImage(image)),
    ],
  ] as const)
    (runner ? describe : describe.skip)(where, () => inOrder(runner || thisCheckout));
});

function inOrder(makeRunner: () => ImageRunner): void {
  const password = 'a1b2c3';
  let [runner, folder, database, emulator]: [ImageRunner?, TestFolder?, TestDatabase?, FcmEmulator?] = [];
  let temporal: Awaited<ReturnType<typeof startTemporalServer>> | undefined;
  let services: Record<string, ComposeService>;
  let path: string;
  let health: string;
  let worker: ChildProcess | undefined;

  beforeAll(async () => {
    runner = makeRunner();
    folder = createFolder();
    const cli = await findTemporalCli({ log: () => {} });
    const programs = join(folder.path, 'bin');
    mkdirSync(programs);
    symlinkSync(cli, join(programs, 'temporal'));
    path = `${programs}${delimiter}${process.env['PATH']}`;
    health = `127.0.0.1:${await getPort()}`;
    [database, emulator, temporal] = await Promise.all([
      createDatabase({ migrated: false }),
      startEmulator(),
      startTemporalServer({ cli, uiPort: null, logFile: join(folder.path, 'temporal.log'), searchAttributes: {} }),
    ]);
    services = readCompose({
      POSTGRES_PASSWORD: 'owner',
      WORKER_PASSWORD: password,
      CONSOLE_PASSWORD: password,
      CONSOLE_TOKEN: password.padEnd(32, 'x'),
      FIREBASE_CREDENTIALS: '/none',
    });
  });
  afterAll(async () => {
    if (worker && worker.exitCode === null && worker.signalCode === null) {
      process.kill(runner!.pidOf(worker.pid!), 'SIGKILL');
      await once(worker, 'exit');
    }
    // It belongs to the whole server.
    await database?.pool.query('drop role if exists scenario_push_login, scenario_push_console');
    await Promise.all([database?.drop(), emulator?.stop(), temporal?.stop()]);
    runner?.remove();
    folder?.remove();
  });

  /** Names of the compose network, as they are reached here. */
  const reach = (text: string): string => {
    const url = new URL(database!.url);
    return text
      .replaceAll('postgres://postgres:owner@postgres:5432/scenario_push', url.href)
      .replaceAll('@postgres:5432/scenario_push', `@${url.host}${url.pathname}`)
      .replaceAll('temporal:7233', temporal!.address)
      .replaceAll(/(0\.0\.0\.0|127\.0\.0\.1):8080/g, health);
  };
  const launch = (name: string, command?: readonly string[]): Launch => {
    const service = services[name]!;
    const env: NodeJS.ProcessEnv = Object.fromEntries(
      Object.entries(service.environment ?? {}).map(([key, value]) => [key, reach(value)]),
    );
    if (service.image === 'scenario-push') {
      if (name === 'worker') {
        delete env['GOOGLE_APPLICATION_CREDENTIALS'];
        env['FIREBASE_MESSAGING_EMULATOR_HOST'] = emulator!.address;
      }
      return runner!.launch(command ?? service.command ?? imageCommand(), env);
    }
    const [file, ...args] = [...service.entrypoint!, ...service.command!];
    return { file: file!, args, env: { PATH: path, HOME: folder!.path, ...env } };
  };
  const run = (name: string, command?: readonly string[]) => {
    const { file, args, env } = launch(name, command);
    return runProcess(file, args, env);
  };

  test('each comes after what it depends on, and none is forgotten', () => {
    const standIns = ['postgres', 'temporal'];
    const notHere = ['temporal-schema', 'temporal-ui'];
    const order = startOrder(services).filter((name) => !standIns.includes(name) && !notHere.includes(name));
    expect(order).toEqual(['temporal-namespace', 'migrate', 'logins', 'worker', 'console']);
  });

  test('temporal-namespace finds or makes the namespace and the search attributes, also the second time', async () => {
    for (const _ of [1, 2]) expect(await run('temporal-namespace')).toMatchObject({ code: 0 });
    const listed = await runProcess(join(folder!.path, 'bin', 'temporal'), ['operator', 'search-attribute', 'list'], {
      HOME: folder!.path,
      TEMPORAL_ADDRESS: temporal!.address,
    });
    expect(listed.out).toMatch(/EvaluationDate\s+Keyword\b/);
    expect(listed.out).toMatch(/ScenarioType\s+KeywordList\b/);
  });

  test('migrate brings the roles, and logins a login in each, also the second time', async () => {
    expect(await run('migrate')).toMatchObject({ code: 0 });
    for (const _ of [1, 2]) expect(await run('logins')).toMatchObject({ code: 0, out: '' });
    const { rows } = await database!.pool.query(
      `select pg_has_role('scenario_push_login', 'scenario_push_worker', 'usage') as member, rolsuper from pg_roles where rolname = 'scenario_push_login'`,
    );
    expect(rows).toEqual([{ member: true, rolsuper: false }]);
    const { rows: console } = await database!.pool.query(
      `select pg_has_role('scenario_push_console', 'scenario_push_worker', 'usage') as works,
         pg_has_role('scenario_push_console', 'authenticated', 'usage') as acts_for_persons`,
    );
    expect(console).toEqual([{ works: true, acts_for_persons: true }]);
  });

  test('worker starts with that login, and its health check passes', async () => {
    const { file, args, env } = launch('worker');
    const closed = mustClose('worker of the compose file');
    worker = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    worker.once('exit', closed);
    let log = '';
    worker.stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const [, program, ...check] = services['worker']!.healthcheck!.test;
    expect(program).toBe('node');
    for (let tries = 120; ; tries--) {
      const { code } = await runProcess(process.execPath, check.map(reach), {});
      if (code === 0) break;
      if (tries === 0 || worker.exitCode !== null) throw new Error(`not healthy: ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(services['worker']!.environment!['DATABASE_URL']).toContain('scenario_push_login');
  });

  test('a sweep is sent by it', async () => {
    // Whatever the time of day.
    await database!.pool.query('update delivery_policies set send_until = send_from');
    const due = await mentor(database!.db, { chapterId: await chapter(database!.db) });
    const { code, out, error } = await run('worker', ['sweep', '--scenario', 'inactivity', '--wait', '--json']);
    expect({ code, error }).toMatchObject({ code: 0 });
    expect(out).toContain('"inactivity"');
    expect(await emulator!.ledger()).toHaveLength(1);
    const { rows } = await database!.pool.query('select user_id from scenario_notifications');
    expect(rows).toEqual([{ user_id: due }]);
  });

  test('SIGTERM ends it with code 0 within its grace period', async () => {
    const started = performance.now();
    const ended = once(worker!, 'exit');
    process.kill(runner!.pidOf(worker!.pid!), 'SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - started).toBeLessThan(
      1_000 * Number.parseInt(services['worker']!.stop_grace_period!, 10),
    );
  });
}
