/**
 * `npm run record-histories`: writes what test/replay/histories does not have yet, one file for each kind of run. The
 * others are of builds before, and must go on to replay. `-- --all` writes all anew, for a change to a workflow that is
 * meant to break replay; docs/decisions/0006-upgrades.md says what else such a change needs.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import setUp from '../support/global-setup.ts';
import { temporal } from '../support/temporal-cli.ts';
import { perform } from './recordings.ts';
import { scrub } from './scrub-history.ts';

const folder = join(import.meta.dirname, 'histories');
const isAnew = process.argv.includes('--all');

await setUp();
try {
  const recorded = new Map<string, string>();
  await perform(async ({ name, workflowId, runId }) => {
    if (!isAnew && existsSync(join(folder, `${name}.json`))) return;
    const run = ['--workflow-id', workflowId, ...(runId ? ['--run-id', runId] : [])];
    const { ok, output } = await temporal('workflow', 'show', '--output', 'json', ...run);
    if (!ok) throw new Error(`${name}: ${output}`);
    recorded.set(name, scrub(output));
    process.stdout.write(`${name}\n`);
  });
  mkdirSync(folder, { recursive: true });
  if (isAnew) for (const file of readdirSync(folder)) rmSync(join(folder, file));
  for (const [name, json] of recorded) writeFileSync(join(folder, `${name}.json`), json);
} finally {
  await globalThis.stopTestServers?.();
}
process.exit(0);
