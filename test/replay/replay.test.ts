import { beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { quietRuntime } from '../support/temporal.ts';
import { fromSetup } from '../support/server-address.ts';

const folder = join(import.meta.dirname, 'histories');
const files = readdirSync(folder);
const index = readFileSync(join(import.meta.dirname, '..', '..', 'workflows', 'index.ts'), 'utf8');
const workflowTypes = [...index.matchAll(/export \{ ([^}]+) \}/g)].flatMap(([, names]) =>
  names!.split(',').map((name) => name.trim()),
);

type Recorded = {
  events: { eventType: string; workflowExecutionStartedEventAttributes?: { workflowType: { name: string } } }[];
};
const recorded = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded;
const typeOf = (file: string) => recorded(file).events[0]!.workflowExecutionStartedEventAttributes!.workflowType.name;

beforeAll(() => quietRuntime());

test.each(workflowTypes)('there is a recorded history of %s', (type) => {
  expect(files.filter((file) => typeOf(file) === type)).not.toEqual([]);
});

test.each([
  ...[
    'running',
    'paused',
    'continues-as-new',
    'continued',
    'failed',
    'stopped',
    'stop-withdraws',
    'stop-withdraws-deferred',
    'waits-for-another',
  ].map((what) => `scenarioSweep-${what}`),
  ...['waiting', 'waited', 'hands-over', 'defers'].map((what) => `scenarioBatch-${what}`),
  ...['waiting', 'waited', 'deferred', 'sent-in-hours'].map((what) => `settleBatch-${what}`),
  'settleStrandedClaims-ends-lost-runs',
])('there is one of %s', (what) => {
  expect(files).toContain(`${what}.json`);
});

test.each(files)('the workflows of this build replay %s', async (file) => {
  await Worker.runReplayHistory(
    { workflowBundle: { codePath: fromSetup('TEST_WORKFLOW_BUNDLE') } },
    recorded(file),
    file,
  );
});

test.each(files)('%s says nothing about the machine that made it', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  const payloads = [...text.matchAll(/"data": "([^"]*)"/g)].map(([, data]) => Buffer.from(data!, 'base64').toString());
  for (const part of [text, ...payloads]) {
    expect(part).not.toMatch(/\d@|node_modules|file:\/\/|\.ts:\d/);
    expect(part).not.toContain(hostname());
    expect(part).not.toContain(`/${userInfo().username}/`);
  }
});

describe('workflows that ask for other things than those of the recordings', () => {
  let wrong: { code: string };
  beforeAll(async () => {
    const workflowsPath = join(import.meta.dirname, 'wrong-workflows', 'index.ts');
    wrong = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  });

  test.each([
    'scenarioBatch-sent.json',
    'scenarioBatch-running.json',
    'scenarioSweep-running.json',
    'scenarioSweep-completed.json',
  ])('do not replay %s', async (file) => {
    await expect(Worker.runReplayHistory({ workflowBundle: wrong }, recorded(file), file)).rejects.toMatchObject({
      name: 'DeterminismViolationError',
    });
  });
});
