// Runs after `npm install`, still on the system's Node: plain JavaScript, no dependencies.
//
// npm links the binaries of dependencies, not a project's own: this is what makes
// `npx scenario-push` work in the checkout. npm 10 also forgets the `node` of an optional
// platform package, and the project needs Node 24 first on the path of every npm script.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const modules = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', 'node_modules');
const bin = join(modules, '.bin');
const node = join('..', `node-${process.platform}-${process.arch}`, 'bin', 'node');

mkdirSync(bin, { recursive: true });
link(join('..', '..', 'cli', 'scenario-push'), 'scenario-push');
if (existsSync(join(bin, node))) link(node, 'node');

/**
 * @param {string} target
 * @param {string} name
 */
function link(target, name) {
  rmSync(join(bin, name), { force: true });
  symlinkSync(target, join(bin, name));
}
