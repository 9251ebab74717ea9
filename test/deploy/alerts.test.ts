import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { parse } from 'yaml';
import { parseExposition, total, type Exposition } from '../support/exposition.ts';
import { chapter, device, mentor, rule } from '../support/factories.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';
import { findPrometheus, promtool, startPrometheus, type RunningPrometheus } from '../support/prometheus.ts';
import { startWorkerUnderTest, type WorkerUnderTest } from '../support/worker-process.ts';

interface Rule {
  alert: string;
  expr: string;
}
interface RuleTest {
  name: string;
  alert_rule_test: { alertname: string; exp_alerts: unknown[] }[];
}
interface Panel {
  title: string;
  targets?: { expr: string }[];
}

const rulesText = readFileSync('deploy/prometheus/alerts.yml', 'utf8');
const rules = (parse(rulesText) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const ruleTests = (parse(readFileSync('deploy/prometheus/alerts.test.yml', 'utf8')) as { tests: RuleTest[] }).tests;
const { panels } = JSON.parse(readFileSync('deploy/grafana/scenario-push.json', 'utf8')) as { panels: Panel[] };
const queries = [
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [`panel “${title}”`, expr] as const)),
];

const bin = findPrometheus();
const withPrometheus = bin ? test : test.skip;
const MESSAGES = 60;
/** Of unknown outcome: few enough that the push service is not taken for being in trouble. */
const UNKNOWN = 3;
const answerTo = (i: number) =>
  i === 0 ? 'unregistered' : i <= UNKNOWN ? 'unavailable_but_delivered' : 'invalid_argument';
const asOf = new Date();
let worker: WorkerUnderTest;
let folder: TestFolder;
let prometheus: RunningPrometheus | null = null;
let metrics: Exposition;

const scrape = async () => parseExposition(await (await fetch(worker.metricsUrl)).text());
/** Whatever fires once `alert` does, and `over` does not any more. */
async function firingWhen(alert: string, over?: string): Promise<string[]> {
  for (const end = Date.now() + 50_000; ; await new Promise((resolve) => setTimeout(resolve, 500))) {
    const firing = await prometheus!.firing();
    if ((firing.includes(alert) && !(over && firing.includes(over))) || Date.now() > end) return firing;
  }
}

beforeAll(async () => {
  if (!bin)
    process.stderr.write('Skipped, for want of Prometheus: the tests of alert rules. .ci/get-prometheus unpacks it.\n');
  folder = createFolder();
  worker = await startWorkerUnderTest();
  // What a person waits for before he is called is promtool's to test: here an alert fires at once.
  if (bin)
    prometheus = await startPrometheus(
      bin,
      folder.path,
      new URL(worker.metricsUrl).host,
      rulesText.replaceAll(/^ +for: .*\n/gm, ''),
    );
  const chapterId = await chapter(worker.db);
  await rule(worker.db, { scenarioType: 'inactivity', chapterId, cooldownMinutes: 20_160, onUnknown: 'hold' });
  for (let i = 0; i < MESSAGES; i++) {
    const id = await mentor(worker.db, { chapterId, devices: [] });
    worker.emulator.script((await device(worker.db, id)).token, answerTo(i));
  }
  for (const end = Date.now() + 20_000; prometheus && (await prometheus.firing()).length === 0 && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 300));
});
afterAll(async () => {
  await prometheus?.stop();
  await worker.stop();
  folder.remove();
});

describe('live', () => {
  withPrometheus('before any sweep each type is said to be without one, and nothing else fires', async () => {
    expect(await firingWhen('ScenarioPushNoSweep')).toEqual(['ScenarioPushNoSweep']);
  });

  test('a sweep of which nothing is accepted', async () => {
    await worker.command('sweep', '--wait', '--as-of', asOf.toISOString());
    metrics = await scrape();
    expect(total(metrics, 'scenario_push_messages_total', { outcome: 'unknown' })).toBe(UNKNOWN);
    expect(total(metrics, 'scenario_push_messages_total', { outcome: 'rejected' })).toBe(MESSAGES - UNKNOWN);
  });

  withPrometheus(
    'calls for the share of failures and for what is held, and no longer for a missing sweep',
    async () => {
      expect(await firingWhen('ScenarioPushFailureShare')).toContain('ScenarioPushFailureShare');
      expect(await firingWhen('ScenarioPushHeldWaiting', 'ScenarioPushNoSweep')).toEqual([
        'ScenarioPushFailureShare',
        'ScenarioPushHeldWaiting',
      ]);
    },
  );

  withPrometheus('a claim of five hours ago that is not settled calls', async () => {
    await sql`update scenario_claims set state = 'unknown', settled_at = null, claimed_at = now() - interval '5 hours'
      where id = (select id from scenario_claims where state = 'held' limit 1)`.execute(worker.db);
    expect(await firingWhen('ScenarioPushUnsettledTooLong')).toContain('ScenarioPushUnsettledTooLong');
  });

  withPrometheus.each([
    ['ScenarioPushDatabaseDown', 'postgres'],
    ['ScenarioPushTemporalDown', 'temporal'],
  ] as const)('%s calls when the worker does not reach %s', async (alert, server) => {
    expect(await prometheus!.firing()).not.toContain(alert);
    worker.proxies[server].takeAway();
    expect(await firingWhen(alert)).toContain(alert);
    worker.proxies[server].bringBack();
  });

  withPrometheus('a worker that has ended calls', async () => {
    expect(await prometheus!.firing()).not.toContain('ScenarioPushNotPolling');
    await worker.end();
    expect(await firingWhen('ScenarioPushNotPolling')).toContain('ScenarioPushNotPolling');
  });
});

describe('each alert and panel', () => {
  test.each(queries)('%s asks for metrics and labels that a worker serves', (_, expr) => {
    const asked = metricsIn(expr);
    expect(asked.length).toBeGreaterThan(0);
    for (const { name, labels } of asked) {
      const served = metrics.samples.filter((sample) => sample.name === name);
      expect([name, served.length > 0]).toEqual([name, true]);
      const known = new Set(['instance', 'job', ...served.flatMap((sample) => Object.keys(sample.labels))]);
      expect([name, labels.filter((label) => !known.has(label))]).toEqual([name, []]);
    }
  });

  test('a metric or label that is not served would be noticed', () => {
    expect(
      metricsIn('sum by (le, kind) (rate(scenario_push_x_total{outcome!="sent", a=~"b"}[5m])) / temporal_y'),
    ).toEqual([
      { name: 'scenario_push_x_total', labels: ['outcome', 'a', 'le', 'kind'] },
      { name: 'temporal_y', labels: ['le', 'kind'] },
    ]);
  });

  test.each(rules.map(({ alert }) => alert))(
    '%s has a test in which it fires and one in which it does not',
    (alert) => {
      const cases = ruleTests
        .flatMap((ruleTest) => ruleTest.alert_rule_test)
        .filter(({ alertname }) => alertname === alert);
      expect(cases.some(({ exp_alerts }) => exp_alerts.length > 0)).toBe(true);
      // A series that fires beside one that does not is a twin as well: promtool wants exactly the alerts it is told.
      const mixed = ruleTests.some(
        ({ name, alert_rule_test }) =>
          /another|other/.test(name) && alert_rule_test.some(({ alertname }) => alertname === alert),
      );
      expect(mixed || cases.some(({ exp_alerts }) => exp_alerts.length === 0)).toBe(true);
    },
  );

  withPrometheus('promtool finds the rules right, and their tests pass', () => {
    promtool(bin!, 'check', 'rules', 'deploy/prometheus/alerts.yml');
    expect(promtool(bin!, 'test', 'rules', 'deploy/prometheus/alerts.test.yml')).toMatch(/SUCCESS/);
  });

  withPrometheus('a panel’s query is one that Prometheus understands', () => {
    const file = join(folder.path, 'panels.yml');
    const recording = queries.map(([, expr], i) => ({
      record: `panel_${i}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: recording }] }));
    promtool(bin!, 'check', 'rules', file);
  });
});

/** The metrics of a query, each with the labels it is matched by and those that the query groups by. */
function metricsIn(expr: string): { name: string; labels: string[] }[] {
  const grouping = [...expr.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, list]) =>
    list!.split(',').map((label) => label.trim()),
  );
  return [...expr.matchAll(/\b((?:scenario_push|temporal)_\w+)(?:\{([^}]*)\})?/g)].map(([, name, matchers = '']) => ({
    name: name!,
    labels: [...[...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!), ...grouping],
  }));
}
