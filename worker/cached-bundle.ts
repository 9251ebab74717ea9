import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const project = fileURLToPath(new URL('..', import.meta.url));
const workflowsPath = join(project, 'workflows/index.ts');

/** What the workflows may be made of: the linter lets them import nothing else that is ours. */
const SOURCES = ['workflows/**/*.ts', 'domain/**/*.ts', 'activities/refusal.ts', 'package-lock.json'];

/**
 * The path of a file that holds the workflows as a worker loads them. Making it takes about four seconds, so it is kept
 * under a name that says what it was made of; an edited workflow makes another. Null where it cannot be kept.
 */
export async function cachedBundle(
  folder = join(project, 'node_modules/.cache/scenario-push'),
): Promise<string | null> {
  const hash = createHash('sha256');
  for (const path of globSync(SOURCES, { cwd: project }).toSorted())
    hash.update(path).update(readFileSync(join(project, path)));
  const file = join(folder, `workflows-${hash.digest('hex').slice(0, 16)}.js`);
  if (existsSync(file)) return file;
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  try {
    mkdirSync(folder, { recursive: true });
    // Several workers may be at it: a rename cannot be half done.
    const mine = `${file}.${randomUUID()}`;
    writeFileSync(mine, code);
    renameSync(mine, file);
    return file;
  } catch {
    return null;
  }
}
