import { closeSync, readFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openPrivate } from './private-file.ts';

/** For `source`: what another terminal needs to use the parts that run here. */
export function environmentFile(folder: string): string {
  return join(folder, 'env');
}

/** Writes the variables, and the command under its own name: `npx` outside of the project would ask a registry for it. */
export function writeEnvironment(folder: string, variables: Readonly<Record<string, string>>): string {
  const file = environmentFile(folder);
  const command = resolve(import.meta.dirname, '..', 'cli', 'scenario-push');
  const fd = openPrivate(file, 'w');
  try {
    writeSync(
      fd,
      [
        '# Written by "npm start". In another terminal: source this file, then use scenario-push in any folder.',
        ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
        `alias scenario-push=${quoted(quoted(command))}`,
        '',
      ].join('\n'),
    );
  } finally {
    closeSync(fd);
  }
  return file;
}

/**
 * The environment without what an earlier start has written: a terminal that sourced it names no parts of its own.
 * A changed variable stays.
 */
export function withoutOwnVariables(env: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  const own = new Set(linesOf(environmentFile(folder)));
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !own.has(`export ${name}=${quoted(value ?? '')}`)),
  );
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
