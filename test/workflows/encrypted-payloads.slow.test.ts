import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { AesPayloadCodec } from '../../client/payload-codec.ts';
import { readPayloadKeys } from '../../client/payload-keys.ts';
import { workflowCode } from '../../worker/workflow-code.ts';
import { chapter, mentor } from '../support/factories.ts';
import { findLeaks } from '../support/find-leaks.ts';
import { runProcess, startRunningService, type RunningService } from '../support/running-service.ts';
import { startProcess, type TestProcess } from '../support/processes.ts';
import { temporalPlaces } from '../support/stored-texts.ts';

const spring = `spring:${randomBytes(32).toString('base64')}`;
const autumn = `autumn:${randomBytes(32).toString('base64')}`;
const MENTORS = 6;
let service: RunningService;
let keysFile: string;
let encrypted: Client;
let decrypting: Client;
let codecServer: TestProcess;
let mentors: string[];
let sweepId: string;

type HistoryEvent = NonNullable<History['events']>[number];
type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

const codec = () => new AesPayloadCodec(readPayloadKeys({ PAYLOAD_KEYS_FILE: keysFile }));

beforeAll(async () => {
  keysFile = join((service = await startRunningServiceWithKeys()).folder, 'keys');
  encrypted = service.client();
  decrypting = service.client({ payloadCodecs: [codec()] });
  const chapterId = await chapter(service.database.db);
  mentors = [];
  for (let i = 0; i < MENTORS; i++) mentors.push(await mentor(service.database.db, { chapterId }));
  codecServer = await startProcess(process.execPath, ['cli/main.ts', 'codec-server', '--port', '0'], service.env);
});
afterAll(async () => {
  await codecServer.kill();
  await service.stop();
});

async function startRunningServiceWithKeys(): Promise<RunningService> {
  const file = join(process.env['TEST_FOLDER']!, `keys-${randomBytes(4).toString('hex')}`);
  writeFileSync(file, `${spring}\n`);
  const started = await startRunningService({ PAYLOAD_KEYS_FILE: file });
  writeFileSync(join(started.folder, 'keys'), `${spring}\n`);
  started.env['PAYLOAD_KEYS_FILE'] = join(started.folder, 'keys');
  return started;
}

function temporal(...args: string[]) {
  const { PATH, HOME } = service.env;
  return runProcess(service.temporalCli, [...args, '--address', service.temporalAddress], { PATH, HOME });
}
const withCodec = () => ['--codec-endpoint', /http:\S+/.exec(codecServer.firstLine)![0]];

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('did not come about within a minute');
}

describe('with keys', () => {
  test('a whole sweep sends to everybody, and notify and Schedules work', async () => {
    const { code, out, error } = await service.run(['sweep', '--scenario', 'inactivity', '--wait', '--json']);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(JSON.parse(out)).toMatchObject({ scenarios: { inactivity: { claimed: MENTORS, sent: MENTORS } } });
    mentors.push(await mentor(service.database.db));
    const notified = await service.run([
      'notify',
      '--mentor',
      mentors.at(-1)!,
      '--scenario',
      'inactivity',
      '--wait',
      '--json',
    ]);
    expect(JSON.parse(notified.out)).toMatchObject({ status: 'started', sent: 1 });
    expect((await service.run(['schedules', 'apply', '--json'])).code).toBe(0);
    expect((await service.run(['schedules', 'trigger', 'inactivity'])).code).toBe(0);
    await until(
      async () =>
        (await service.database.db.selectFrom('evaluation_runs').select('finished_at').execute()).filter(
          (run) => run.finished_at,
        ).length === 2,
    );
    expect((await service.emulator.ledger()).length).toBe(MENTORS + 1);
  });

  test('signals, query and update work in plain JSON from the temporal command line', async () => {
    // Planning waits for the lock: the sweep is there to be asked.
    const locked = await service.database.pool.connect();
    await locked.query('begin; lock table users in access exclusive mode');
    const started = await service.run(['sweep', '--scenario', 'milestone', '--json']);
    sweepId = (JSON.parse(started.out) as { workflow_id: string }).workflow_id;
    try {
      expect((await temporal('workflow', 'signal', '-w', sweepId, '--name', 'pause')).code).toBe(0);
      // It takes effect; its answer is encrypted, and only a codec server can show it.
      const unread = await temporal(
        'workflow',
        'update',
        'execute',
        '-w',
        sweepId,
        '--name',
        'setConcurrency',
        '-i',
        '7',
      );
      expect(unread.out + unread.error).toMatch(/binary\/encrypted/);
      const query = ['workflow', 'query', '-w', sweepId, '--type', 'progress', '-o', 'json'];
      expect((await temporal(...query, ...withCodec())).out).toMatch(/"concurrency":\s*7/);
      expect(
        (
          await temporal(
            'workflow',
            'update',
            'execute',
            '-w',
            sweepId,
            '--name',
            'setConcurrency',
            '-i',
            '8',
            ...withCodec(),
          )
        ).code,
      ).toBe(0);
      const refused = await temporal(
        'workflow',
        'update',
        'execute',
        '-w',
        sweepId,
        '--name',
        'setConcurrency',
        '-i',
        '0',
        ...withCodec(),
      );
      expect(refused).toMatchObject({ code: 1, error: expect.stringContaining('E_CONCURRENCY') });
      expect((await temporal(...query)).out).not.toContain('concurrency');
      expect((await temporal(...query, ...withCodec())).out).toMatch(/"concurrency":\s*8/);
      expect(
        (await temporal('workflow', 'signal', '-w', sweepId, '--name', 'resume', '-i', '"why not"', ...withCodec()))
          .code,
      ).toBe(0);
    } finally {
      await locked.query('rollback');
      locked.release();
    }
    await decrypting.workflow.getHandle(sweepId).result();
  });

  test('the temporal command line reads a history through the codec server, and nothing of it without', async () => {
    const show = ['workflow', 'show', '-w', sweepId, '-o', 'json'];
    const readableIn = ({ out }: { out: string }) =>
      findLeaks(['mentorsPerBatch'], [{ name: 'show', text: out }]).length > 0;
    expect(readableIn(await temporal(...show))).toBe(false);
    expect(readableIn(await temporal(...show, ...withCodec()))).toBe(true);
  });

  test('no history, memo or Schedule holds an id of a mentor, a batch’s arguments or a failure in the clear', async () => {
    await expect(
      decrypting.workflow.execute('scenarioSweep', {
        workflowId: 'refused',
        taskQueue: 'scenario-push',
        args: [{ scenarioTypes: ['birthday-canary'] }],
      }),
    ).rejects.toMatchObject({
      cause: { cause: { message: expect.stringContaining('birthday-canary') } },
    });
    const stored = await temporalPlaces(encrypted);
    expect(
      findLeaks([...mentors, 'birthday-canary', 'mentorsPerBatch', 'create-activities.ts', 'every mentor ·'], stored),
    ).toEqual([]);
    expect(stored.map(({ name }) => name)).toEqual(
      expect.arrayContaining([expect.stringContaining('workflow notifyMentor'), 'Schedule sweep-inactivity']),
    );
    // With the keys they are there to be found.
    const [{ workflowExecutionStartedEventAttributes: start }] = (await (await notifyHandle()).fetchHistory())
      .events as [HistoryEvent];
    const [opened] = await codec().decode(start!.input!.payloads!);
    expect(Buffer.from(opened!.data!).toString()).toContain(mentors.at(-1)!);
  });

  test('search attributes stay readable: they are what the list is searched by', async () => {
    const listed = [];
    for await (const workflow of encrypted.workflow.list({
      query: 'ScenarioType = "inactivity" and WorkflowType = "scenarioSweep"',
    }))
      listed.push(workflow);
    expect(listed.length).toBeGreaterThanOrEqual(2);
  });

  test('a worker with keys replays histories that were encrypted, and those from before there were keys', async () => {
    const { workflowsPath, dataConverter } = await workflowCode({ payloadCodecs: [], encrypts: true });
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: workflowsPath!,
      failureConverterPath: dataConverter!.failureConverterPath!,
      logger: new DefaultLogger('WARN'),
    });
    const replay = (history: History, keys: AesPayloadCodec, id: string) =>
      Worker.runReplayHistory({ workflowBundle, dataConverter: { payloadCodecs: [keys] } }, history, id);
    for (const id of [sweepId, 'refused']) {
      const history = await encrypted.workflow.getHandle(id).fetchHistory();
      await replay(history, codec(), id);
      await replay(await decrypted(history), codec(), id);
      await expect(replay(history, new AesPayloadCodec(new Map()), id)).rejects.toThrow();
    }
  });
});

describe('with other keys', () => {
  test('after a rotation new sweeps use the new key, and what the old one encrypted is read', async () => {
    await service.stopWorker();
    writeFileSync(keysFile, `# since today\n${autumn}\n${spring}\n`);
    const rotated = await service.startWorker({}, join(service.folder, 'rotated.log'));
    try {
      expect((await service.run(['sweep', '--scenario', 'inactivity', '--wait', '--json'])).code).toBe(0);
      // Its arguments were encrypted with the old key when the Schedule was made.
      expect((await service.run(['schedules', 'trigger', 'inactivity'])).code).toBe(0);
      await until(
        async () =>
          (await service.database.db.selectFrom('evaluation_runs').select('finished_at').execute()).filter(
            (run) => run.finished_at,
          ).length === 5,
      );
    } finally {
      await rotated.stop();
    }
  });

  test.each([
    [
      'a worker that lacks the key says which, and what to do',
      { PAYLOAD_KEYS_FILE: '', PAYLOAD_KEYS: spring },
      /E_PAYLOAD_KEY_UNKNOWN.*\\"autumn\\".*\\"spring\\".*add that key/,
    ],
    [
      'a worker without keys says the same',
      { PAYLOAD_KEYS_FILE: '' },
      /E_PAYLOAD_KEY_UNKNOWN.*\\"autumn\\".*no keys here/,
    ],
    [
      'a worker with another key of that id says so',
      { PAYLOAD_KEYS_FILE: '', PAYLOAD_KEYS: spring.replace('spring', 'autumn') },
      /E_PAYLOAD_UNREADABLE.*\\"autumn\\"/,
    ],
  ])('%s, and does not go down', async (_, env, message) => {
    const logFile = join(service.folder, `${randomBytes(4).toString('hex')}.log`);
    const worker = await service.startWorker(env, logFile);
    try {
      const { out } = await service.run(['sweep', '--scenario', 'welcome_back', '--json']);
      const id = (JSON.parse(out) as { workflow_id: string }).workflow_id;
      await until(async () => message.test(readFileSync(logFile, 'utf8')));
      const handle = encrypted.workflow.getHandle(id);
      expect((await handle.describe()).status.name).toBe('RUNNING');
      await handle.terminate('test');
    } finally {
      await worker.stop();
    }
  });

  test('doctor says what is wrong with them, and repeats none', async () => {
    const { code, out } = await service.run(['doctor', '--json'], {
      PAYLOAD_KEYS_FILE: '',
      PAYLOAD_KEYS: 'a:c2VjcmV0LWNhbmFyeQ==',
    });
    expect(code).toBe(1);
    expect(out).toContain('E_PAYLOAD_KEYS');
    expect(out).not.toContain('c2VjcmV0');
  });
});

/** The history as it would be, had there been no keys. */
async function decrypted(history: History): Promise<History> {
  const open = async (part: unknown): Promise<unknown> => {
    if (Array.isArray(part)) return Promise.all(part.map(open));
    if (typeof part !== 'object' || part === null || part instanceof Uint8Array || 'low' in part) return part;
    if ('metadata' in part && 'data' in part) return (await codec().decode([part as never]))[0];
    return Object.fromEntries(
      await Promise.all(Object.entries(part).map(async ([key, inner]) => [key, await open(inner)])),
    );
  };
  return (await open(history)) as History;
}

async function notifyHandle() {
  for await (const { workflowId } of encrypted.workflow.list({ query: 'WorkflowType = "notifyMentor"' }))
    return encrypted.workflow.getHandle(workflowId);
  throw new Error('no notification was started');
}
