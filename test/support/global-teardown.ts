import { globSync } from 'node:fs';

interface Project {
  readonly roots: readonly string[];
  readonly testPathIgnorePatterns: readonly string[];
}

/** Stops what the run shared, and says what it left out, which jest.config.js decides. */
export default async function tearDown(_: unknown, project: Project): Promise<void> {
  await globalThis.stopTestServers?.();
  if (!project.testPathIgnorePatterns.some((pattern) => pattern.includes('slow'))) return;
  const slow = project.roots.flatMap((root) => globSync(`${root}/**/*.slow.test.ts`));
  process.stderr.write(`Left out: ${slow.length} slow files, *.slow.test.ts. npm run test:all runs everything.\n`);
}
