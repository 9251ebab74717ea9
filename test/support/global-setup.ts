import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startPostgres, type Postgres } from '../../local/postgres.ts';
import { findTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporalServer, type TemporalServer } from '../../local/temporal-server.ts';
import { reapDeadRuns, RunRecord } from './run-record.ts';
import { createTemplate } from './template.ts';

declare global {
  /** Handed from globalSetup to globalTeardown, which run in one process. */
  var stopTestServers: (() => Promise<void>) | undefined;
}

const project = resolve(import.meta.dirname, '..', '..');

/** One PostgreSQL, one Temporal server, one workflow bundle for the whole run; test files find them by TEST_…. */
export default async function setUp(): Promise<void> {
  await reapDeadRuns();
  const record = new RunRecord();
  chmodSync(record.folder, 0o711);
  process.env['TEST_FOLDER'] = record.folder;
  const stops: (() => Promise<void>)[] = [];
  const onSpawn = (pid: number): void => record.add(pid);
  globalThis.stopTestServers = async () => {
    for (const signal of signals) process.off(signal, interrupted);
    await Promise.all(stops.map((stop) => stop()));
    record.remove();
  };
  for (const signal of signals) process.once(signal, interrupted);

  const results = await Promise.allSettled([
    postgres(record.folder, onSpawn).then((server) => stops.push(() => server.stop())),
    temporal(record.folder, onSpawn).then((server) => stops.push(() => server.stop())),
    workflowBundle(record.folder),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await globalThis.stopTestServers(); // Jest does not call the teardown after a failed setup
    throw failed.reason;
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Jest has no teardown after Ctrl-C, and the servers, in groups of their own, do not get it. */
function interrupted(): void {
  void globalThis.stopTestServers?.().finally(() => process.exit(130));
}

async function postgres(folder: string, onSpawn: (pid: number) => void): Promise<Postgres> {
  const server = await startPostgres({
    dataDir: join(folder, 'postgres'),
    durable: false,
    onSpawn,
    // Another version, as .ci/run does: TEST_POSTGRES_BIN=/usr/lib/postgresql/15/bin npm test -- test/db
    ...(process.env['TEST_POSTGRES_BIN'] && { binaries: process.env['TEST_POSTGRES_BIN'] }),
    // A timezone that is neither UTC nor the organisation's brings out SQL that leans on the session's.
    settings: { timezone: 'Pacific/Auckland' },
  });
  process.env['TEST_POSTGRES_URL'] = server.url;
  process.env['TEST_TEMPLATE'] = await createTemplate(server.url, join(project, 'db', 'migrate.ts'));
  return server;
}

async function temporal(folder: string, onSpawn: (pid: number) => void): Promise<TemporalServer> {
  const cli = await findTemporalCli({ log: (line) => process.stderr.write(`${line}\n`) });
  const server = await startTemporalServer({ cli, uiPort: null, logFile: join(folder, 'temporal.log'), onSpawn });
  process.env['TEST_TEMPORAL_ADDRESS'] = server.address;
  return server;
}

/** Bundling takes seconds: once for the run, not once for every worker. */
async function workflowBundle(folder: string): Promise<void> {
  const workflowsPath = join(project, 'workflows', 'index.ts');
  if (!existsSync(workflowsPath)) return;
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const file = join(folder, 'workflows.js');
  writeFileSync(file, code);
  process.env['TEST_WORKFLOW_BUNDLE'] = file;
}
