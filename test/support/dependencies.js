import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const project = resolve(import.meta.dirname, '..', '..');

/**
 * What `npm test -- -o` and `--watch` know of a file beside its imports: the modules of which it names types, since
 * activities and workflows are reached by type alone, the SQL in a folder that it reads, and the program it starts.
 *
 * @param {string} code
 * @param {string} path
 * @param {(code: string) => Set<string>} imports
 */
export function extract(code, path, imports) {
  const found = imports(code);
  /** @type {(pattern: RegExp, filesOf: (name: string) => string[]) => void} */
  const add = (pattern, filesOf) => {
    for (const [, name] of code.matchAll(pattern)) for (const file of filesOf(name ?? '')) found.add(file);
  };
  add(/\b(?:import|export) type [^;]*? from '(\.[^']+)'/g, (module) => [module]);
  add(/new URL\('(\.[^']*\/)', import\.meta\.url\)/g, (folder) => sqlIn(join(dirname(path), folder)));
  add(/'((?:[a-z-]+\/)+main\.ts)'/g, (program) => [join(project, program)].filter(existsSync));
  return found;
}

/** @param {string} folder */
function sqlIn(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.sql')).map((file) => join(folder, file));
}

/** Jest keeps what it found for as long as this stays the same. */
export const getCacheKey = () => readFileSync(import.meta.filename, 'utf8');
