import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/**
 * `npm run bundle`: makes the workflows into the one file that a worker loads, so that it starts without doing so
 * itself. For images: in a checkout that is edited, a bundle that was made before would go on running old workflows.
 */
const file = new URL('../dist/workflow-bundle.js', import.meta.url).pathname;
const workflowsPath = new URL('../workflows/index.ts', import.meta.url).pathname;
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, code);
process.stderr.write(`${file}: ${Math.round(code.length / 1024)} KiB\n`);
