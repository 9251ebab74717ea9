import { EventEmitter } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isAlive, markOf } from '../../local/processes.ts';
import { RunState } from '../../local/run-state.ts';
import { StoppedWhileStarting, Supervisor, type Part } from '../../local/supervisor.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';
import { startProcess, type TestProcess } from '../support/processes.ts';

let folder: TestFolder;
let signals: EventEmitter;
let events: string[];

beforeEach(() => {
  folder = createFolder();
  signals = new EventEmitter();
  events = [];
});
afterEach(() => folder.remove());

describe('stopping', () => {
  test('parts are stopped one by one, the last started first', async () => {
    const supervisor = await begin();
    for (const name of ['postgres', 'temporal', 'worker']) await supervisor.start(name, async () => part(name));
    await supervisor.stop();
    expect(events).toEqual([
      'worker stopping',
      'worker stopped',
      'temporal stopping',
      'temporal stopped',
      'postgres stopping',
      'postgres stopped',
    ]);
    expect(existsSync(join(folder.path, 'run.json'))).toBe(false);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s stops everything and says so', async (signal) => {
    const supervisor = await begin();
    await supervisor.start('worker', async () => part('worker'));
    signals.emit(signal, signal);
    expect(await supervisor.untilStopped()).toEqual({ signal });
    expect(events).toContain('worker stopped');
  });

  test('a second Ctrl-C ends the process at once, but not one that is the echo of the first', async () => {
    const supervisor = await begin();
    const { promise, resolve: release } = Promise.withResolvers<void>();
    await supervisor.start('worker', async () => ({ stop: () => promise }));
    signals.emit('SIGINT', 'SIGINT');
    signals.emit('SIGINT', 'SIGINT');
    expect(events).not.toContain('exit 130');
    await sleep(600);
    signals.emit('SIGINT', 'SIGINT');
    expect(events).toContain('exit 130');
    release();
    await supervisor.untilStopped();
  });

  test('a part that does not stop, or fails to, does not keep the others running', async () => {
    const supervisor = await begin({ stopWithinMs: 50 });
    await supervisor.start('postgres', async () => part('postgres'));
    await supervisor.start('stuck', async () => ({ stop: () => new Promise<void>(() => {}) }));
    await supervisor.start('broken', async () => ({ stop: () => Promise.reject(new Error('no')) }));
    await supervisor.stop();
    expect(events).toEqual([
      'broken did not stop cleanly: no',
      'stuck did not stop within 0.05 s.',
      'postgres stopping',
      'postgres stopped',
    ]);
  });

  test('a part that ends by itself ends the run', async () => {
    const supervisor = await begin();
    const exited = Promise.withResolvers<void>();
    await supervisor.start('postgres', async () => part('postgres'));
    await supervisor.start('temporal', async () => ({ ...part('temporal'), exited: exited.promise }));
    exited.resolve();
    expect(await supervisor.untilStopped()).toEqual({ part: 'temporal' });
    expect(events).toContain('postgres stopped');
  });

  test('a part that comes up after the stop is stopped as well, and nothing more is started', async () => {
    const supervisor = await begin();
    const up = Promise.withResolvers<Part>();
    const starting = supervisor.start('postgres', () => up.promise);
    await supervisor.stop();
    up.resolve(part('postgres'));
    await expect(starting).rejects.toThrow(StoppedWhileStarting);
    expect(events).toEqual(['postgres stopping', 'postgres stopped']);
    await expect(supervisor.start('temporal', async () => part('temporal'))).rejects.toThrow(StoppedWhileStarting);
  });
});

describe('reclaiming', () => {
  test("a killed predecessor's children are ended", async () => {
    const predecessor = await killedRun();
    const child = markOf(predecessor.child)!;
    expect(isAlive(child)).toBe(true);

    const supervisor = await begin();
    expect(supervisor.reclaimed).toEqual(['server']);
    expect(isAlive(child)).toBe(false);
    await supervisor.stop();
  });

  test('a process that only got the pid of a child is left alone', async () => {
    const bystander = await sleeper();
    const state = {
      supervisor: { pid: 999_999_999, startedAt: '1' },
      parts: [{ ...markOf(bystander.pid)!, name: 'server', command: '/bin/other' }],
    };
    writeFileSync(join(folder.path, 'run.json'), JSON.stringify(state));
    const supervisor = await begin();
    expect(supervisor.reclaimed).toEqual([]);
    expect(markOf(bystander.pid)).not.toBeNull();
    await supervisor.stop();
    await bystander.kill();
  });

  test('while a run is alive a second one is refused with its pid', async () => {
    const running = await run();
    await expect(begin()).rejects.toThrow(
      `E_ALREADY_RUNNING: the project is already running here (pid ${running.process.pid}); use it, or stop it first`,
    );
    expect(markOf(running.child)).not.toBeNull();
    await running.process.kill();
    await (await begin()).stop();
  });

  test('a second one is told where the parts of the first one are', async () => {
    const holder = await sleeper();
    const addresses = ['Web UI        http://127.0.0.1:8233', '  source /home/me/.local/env'];
    const state = { supervisor: markOf(holder.pid)!, parts: [], addresses };
    writeFileSync(join(folder.path, 'run.json'), JSON.stringify(state));
    await expect(begin()).rejects.toThrow(`${addresses.join('\n')}\nuse it, or stop it first`);
    await holder.kill();
  });

  test('a state file that was cut off is no obstacle', async () => {
    writeFileSync(join(folder.path, 'run.json'), '{"supervisor":{"pi');
    await (await begin()).stop();
  });

  test('the lock of a run killed while it was reclaiming is no obstacle', async () => {
    writeFileSync(join(folder.path, 'run.lock'), JSON.stringify({ pid: 999_999_999, startedAt: '1' }));
    await (await begin()).stop();
  });

  test('what is on file names every part with pid and start time', async () => {
    const child = await sleeper();
    const { state } = await RunState.reclaim(folder.path);
    state.add('server', child.pid);
    expect(JSON.parse(readFileSync(join(folder.path, 'run.json'), 'utf8'))).toEqual({
      supervisor: markOf(process.pid),
      parts: [{ name: 'server', ...markOf(child.pid)!, command: expect.stringContaining('setInterval') }],
    });
    state.release();
    await child.kill();
  });
});

function begin(options: { stopWithinMs?: number } = {}): Promise<Supervisor> {
  const log = (line: string) => events.push(line);
  return Supervisor.begin({
    folder: folder.path,
    log,
    signals,
    exit: (code) => events.push(`exit ${code}`),
    ...options,
  });
}

function part(name: string): Part {
  return {
    stop: async () => {
      events.push(`${name} stopping`);
      await sleep(5);
      events.push(`${name} stopped`);
    },
  };
}

function sleeper(): Promise<TestProcess> {
  return startProcess(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)']);
}

/** A supervisor in a process of its own, with one child that is detached as the real ones are. */
async function run(): Promise<{ process: TestProcess; child: number }> {
  const module = resolve(import.meta.dirname, '../../local/supervisor.ts');
  const script = `
    import { spawn } from 'node:child_process';
    const { Supervisor } = await import(${JSON.stringify(module)});
    const supervisor = await Supervisor.begin({ folder: ${JSON.stringify(folder.path)}, log: () => {} });
    await supervisor.start('server', async (onSpawn) => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
      onSpawn(child.pid);
      console.log(child.pid);
      return { stop: async () => void child.kill() };
    });
    await supervisor.untilStopped();`;
  const started = await startProcess(process.execPath, ['--input-type=module', '-e', script]);
  return { process: started, child: Number(started.firstLine) };
}

async function killedRun(): Promise<{ child: number }> {
  const { process: started, child } = await run();
  await started.kill('SIGKILL');
  return { child };
}
