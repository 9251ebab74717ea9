import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CodedError } from '../domain/errors.ts';
import { MIGRATIONS, readMigrations, refuseFiles } from './migration-files.ts';

/** What became of an export. Names are those of files, in order. */
export interface MigrationExport {
  readonly folder: string;
  readonly copied: readonly string[];
  /** There already, with the same text. */
  readonly unchanged: readonly string[];
  /** Files of the folder's own project that are later than one that was copied: `supabase db push` asks about them. */
  readonly later: readonly string[];
}

/**
 * Copies the ways up into the migrations of another project, such as `supabase/migrations`, under the names that they
 * have here: `migrate status` and the worker know a migration by its timestamp, whoever applied it. All or none is
 * copied, and nothing that is there is changed. Throws E_MIGRATION_FILES with every collision.
 */
export function exportMigrations(to: string, from: URL = MIGRATIONS): MigrationExport {
  const folder = resolve(to);
  const there = list(folder);
  const faults: string[] = [];
  const copied: { file: string; text: string }[] = [];
  const unchanged: string[] = [];
  for (const { name, up } of readMigrations(from)) {
    const file = `${name}.sql`;
    const twin = there.find((other) => other !== file && versionOf(other) === versionOf(file));
    if (twin) {
      faults.push(
        `${twin} has the timestamp of ${file}: give ${twin} another one, and where it is applied already run "supabase migration repair"`,
      );
    } else if (!there.includes(file)) copied.push({ file, text: up });
    else if (readFileSync(join(folder, file), 'utf8') === up) unchanged.push(file);
    else faults.push(`${file} differs from the one of this build: remove it there to have it copied again`);
  }
  refuseFiles(folder, faults);
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of copied) write(join(folder, file), text);
  const ours = new Set([...unchanged, ...copied.map(({ file }) => file)]);
  const first = copied[0] && versionOf(copied[0].file);
  return {
    folder,
    copied: copied.map(({ file }) => file),
    unchanged,
    later: there.filter((file) => first !== undefined && !ours.has(file) && versionOf(file) > first),
  };
}

/** A file that was cut off half-way must not be one that somebody applies. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}

/** As the Supabase CLI reads a folder: digits, an underscore, a name. */
function list(folder: string): string[] {
  if (!existsSync(folder)) {
    if (existsSync(dirname(folder))) return [];
    throw new CodedError('E_MIGRATION_FILES', `--to: there is no folder ${dirname(folder)}`, {
      fix: 'run the command in the project that it is for, or make it one with "supabase init"',
    });
  }
  if (!statSync(folder).isDirectory())
    throw new CodedError('E_MIGRATION_FILES', `--to: expected a folder, ${folder} is a file`);
  return readdirSync(folder)
    .filter((file) => /^\d+_.*\.sql$/.test(file))
    .sort();
}

const versionOf = (file: string): string => file.slice(0, file.indexOf('_'));
