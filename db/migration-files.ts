import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../domain/errors.ts';

/** The migrations of this build. A folder of them holds `YYYYMMDDHHMMSS_name.sql`, and the ways down in `down/`. */
export const MIGRATIONS = new URL('../migrations/', import.meta.url);

/** `up` and `down` are SQL. */
export type MigrationFile = { readonly name: string; readonly up: string; readonly down: string };

const NAME = /^\d{14}_[a-z0-9_]+\.sql$/;
/** Ours run in a transaction; these would end it half-way. `begin` of PL/pgSQL has no semicolon. */
const ENDS_THE_TRANSACTION =
  /^\s*(begin|start\s+transaction|commit|end\s+transaction|rollback)(\s+(work|transaction))?\s*;/im;
/** A file that was cut off seldom ends so. Each comment reaches to its line's end, so that there is one way to match. */
const ENDS_WITH_A_STATEMENT = /;\s*(--[^\n]*(\n\s*|$))*$/;

/** Names without `.sql`, in order. Throws E_MIGRATION_FILES with every fault of the names. */
export function migrationNames(folder: URL = MIGRATIONS): string[] {
  const files = list(folder, '');
  const faults = files.flatMap(faultOfName);
  for (const [version, twins] of Map.groupBy(files, (file) => file.slice(0, 14))) {
    if (twins.length > 1 && /^\d{14}$/.test(version))
      faults.push(`${twins.join(' and ')} share a timestamp: give one of them a later one`);
  }
  if (files.length === 0) faults.push('no migrations: install the program again, or restore the folder');
  refuseFiles(fileURLToPath(folder), faults);
  return files.map((file) => file.slice(0, -'.sql'.length));
}

/** Reads all of them before one is applied. Throws E_MIGRATION_FILES with every fault. */
export function readMigrations(folder: URL = MIGRATIONS): MigrationFile[] {
  const names = migrationNames(folder);
  const faults = list(folder, 'down/')
    .filter((file) => !names.includes(file.slice(0, -'.sql'.length)))
    .map((file) => `down/${file} leads back from no migration: name it as its migration is, or remove it`);
  const read = (file: string): string => {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(new URL(file, folder)));
      const fault = faultOfText(text);
      if (fault) faults.push(`${file}: ${fault}`);
      return text;
    } catch (error) {
      faults.push(`${file}: ${reasonOf(error)}`);
      return '';
    }
  };
  const migrations = names.map((name) => ({ name, up: read(`${name}.sql`), down: read(`down/${name}.sql`) }));
  refuseFiles(fileURLToPath(folder), faults);
  return migrations;
}

/** What ends with .sql in any case: a file that is skipped in silence is worse than one that is refused. */
function list(folder: URL, below: string): string[] {
  try {
    return readdirSync(new URL(below, folder))
      .filter((file) => /\.sql$/i.test(file))
      .sort();
  } catch (error) {
    // Without `down/` each migration says that its way down is missing.
    if (below !== '' && codeOf(error) === 'ENOENT') return [];
    throw new CodedError('E_MIGRATION_FILES', `${fileURLToPath(new URL(below, folder))}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function faultOfName(file: string): string[] {
  if (/\.(down|up)\.sql$/i.test(file)) {
    return [`${file}: expected the way up in YYYYMMDDHHMMSS_name.sql and the way down under the same name in down/`];
  }
  return NAME.test(file)
    ? []
    : [`${file}: expected a name like 20261121000100_name.sql, in small letters, digits and underscores`];
}

function faultOfText(text: string): string | undefined {
  if (text.includes('\0')) return 'expected a text, found a zero byte: restore the file';
  const withoutComments = text.replace(/^\s*--.*$/gm, '');
  if (withoutComments.trim() === '') return 'holds no statement: restore the file';
  if (!ENDS_WITH_A_STATEMENT.test(withoutComments))
    return 'expected its last statement to end with a semicolon: restore the file if it was cut off';
  const found = ENDS_THE_TRANSACTION.exec(withoutComments)?.[0].trim();
  return found && `remove "${found}": each migration runs in a transaction, which that would end half-way`;
}

function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'is missing: write or restore it';
    case 'EACCES':
      return 'cannot be read: give the account that migrates leave to read it';
    case 'EISDIR':
      return 'is a folder, expected a file';
    case 'ENOTDIR':
      return 'is a file, expected a folder';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'expected UTF-8: save it so, or restore it';
    default:
      return `cannot be read (${codeOf(error)}): restore it`;
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? 'unknown');

/** Throws E_MIGRATION_FILES unless there are no faults. */
export function refuseFiles(folder: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new CodedError(
    'E_MIGRATION_FILES',
    `nothing was changed; ${folder} needs a change:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
  );
}
