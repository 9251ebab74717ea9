import { type Kysely, sql } from 'kysely';
import { type Migration, type MigrationResultSet, Migrator, NO_MIGRATIONS } from 'kysely/migration';
import { CodedError } from '../domain/errors.ts';
import { type MigrationFile, MIGRATIONS, migrationNames, readMigrations } from './migration-files.ts';
import { describeDatabaseError } from './repository-exception.ts';

/** What became of one migration in one call. `name` is the file's, without `.sql`. */
export type MigrationStep = { name: string; direction: 'up' | 'down' };

/** `appliedBy: 'supabase'`: `supabase db push` did, which does not say when; `migrate up` runs it again without harm. */
export type MigrationStatus = { name: string; appliedAt: Date | null; appliedBy: 'scenario-push' | 'supabase' | null };

/** Not `public`: the history is nobody's business but ours. Kysely makes the schema where it is missing. */
const historySchema = 'scenario_push';

const versionOf = (name: string): string => name.slice(0, name.indexOf('_'));

const run =
  (text: string) =>
  async (db: Kysely<any>): Promise<void> => {
    await sql.raw(text).execute(db);
  };

function migrator(db: Kysely<any>, files: readonly MigrationFile[]): Migrator {
  const migrations: Record<string, Migration> = {};
  for (const { name, up, down } of files) migrations[name] = { up: run(up), down: run(down) };
  return new Migrator({ db, provider: { getMigrations: async () => migrations }, migrationTableSchema: historySchema });
}

/**
 * Applies what is missing, in one transaction: all of it or nothing. Waits while another process migrates.
 * Throws E_MIGRATION_FILES, E_MIGRATION_FAILED.
 */
export async function migrateUp(db: Kysely<any>, folder: URL = MIGRATIONS): Promise<MigrationStep[]> {
  const files = readMigrations(folder);
  return steps(await migrator(db, files).migrateToLatest(), { files });
}

/**
 * Takes back the latest `steps` migrations, each in a transaction of its own, or all of them in one.
 * Adopted tables stay, and so do their rows. What only `supabase db push` has applied is not known to this history:
 * run `migrateUp` first. Throws E_MIGRATION_FILES, E_MIGRATION_FAILED.
 * @default steps 1
 */
export async function migrateDown(
  db: Kysely<any>,
  options: { steps?: number | 'all'; folder?: URL } = {},
): Promise<MigrationStep[]> {
  const files = readMigrations(options.folder);
  const wanted = options.steps ?? 1;
  const undone: MigrationStep[] = [];
  for (let turn = 0; turn < (wanted === 'all' ? 1 : wanted); turn++) {
    const result = await (wanted === 'all'
      ? migrator(db, files).migrateTo(NO_MIGRATIONS)
      : migrator(db, files).migrateDown());
    const step = steps(result, { files, undone });
    // At once: a later step that fails leaves this one taken back.
    await forget(db, step);
    if (step.length === 0) break;
    undone.push(...step);
  }
  return undone;
}

/** One entry for each migration of this build, in order. Writes nothing. */
export async function migrationStatus(db: Kysely<any>, folder: URL = MIGRATIONS): Promise<MigrationStatus[]> {
  const ours = new Map<string, Date>();
  if (await tableExists(db, historySchema, 'kysely_migration')) {
    const { rows } = await sql<{ name: string; timestamp: string }>`
      select name, timestamp from scenario_push.kysely_migration`.execute(db);
    for (const row of rows) ours.set(row.name, new Date(row.timestamp));
  }
  const supabase = new Set<string>();
  if (await tableExists(db, 'supabase_migrations', 'schema_migrations')) {
    const { rows } = await sql<{ version: string }>`select version from supabase_migrations.schema_migrations`.execute(
      db,
    );
    for (const row of rows) supabase.add(row.version);
  }
  return migrationNames(folder).map((name) => {
    const appliedAt = ours.get(name) ?? null;
    return {
      name,
      appliedAt,
      appliedBy: appliedAt ? 'scenario-push' : supabase.has(versionOf(name)) ? 'supabase' : null,
    };
  });
}

/** Versions (`YYYYMMDDHHMMSS`) that this build needs; `expected` is the latest. */
export function schemaVersion(folder: URL = MIGRATIONS): { expected: string; all: string[] } {
  const all = migrationNames(folder).map(versionOf);
  return { expected: all.at(-1)!, all };
}

/**
 * Throws E_SCHEMA_BEHIND unless every migration of this build is applied, by whichever tool, and
 * E_DATABASE_ROLE where the role may not ask.
 * Needs no more than `usage` on schema scenario_push and `execute` on scenario_push.applied_versions().
 */
export async function assertSchemaCurrent(db: Kysely<any>): Promise<void> {
  const { expected, all } = schemaVersion();
  const applied = await appliedVersions(db);
  const missing = all.filter((version) => !applied.has(version));
  if (missing.length === 0) return;
  const latest = all.filter((version) => applied.has(version)).at(-1);
  const at =
    latest === undefined
      ? 'not migrated yet'
      : latest === expected
        ? `at ${latest} but lacks ${missing.join(', ')}`
        : `at ${latest}`;
  throw new CodedError('E_SCHEMA_BEHIND', `database is ${at}, this build needs ${expected}`, {
    fix: 'run "scenario-push migrate up"',
  });
}

/** Versions that are applied and that this build does not know: those of a newer one. Ascending. */
export async function versionsAhead(db: Kysely<any>): Promise<string[]> {
  const { expected } = schemaVersion();
  return [...(await appliedVersions(db))].filter((version) => version > expected).sort();
}

async function appliedVersions(db: Kysely<any>): Promise<Set<string>> {
  // Asked of the catalog, which everybody may read: calling what does not exist would break a caller's transaction.
  const helper = await sql<{ role: string; allowed: boolean }>`
    select current_user as role,
      has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute') as allowed
    from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = 'scenario_push' and p.proname = 'applied_versions'`.execute(db);
  if (helper.rows.length === 0) return new Set();
  const { role, allowed } = helper.rows[0]!;
  if (!allowed) {
    throw new CodedError('E_DATABASE_ROLE', `role "${role}" may not use the service's schema`, {
      fix: `as its owner run: grant scenario_push_worker to "${role}"`,
    });
  }
  const { rows } = await sql<{ version: string }>`select version from scenario_push.applied_versions()`.execute(db);
  return new Set(rows.map((row) => row.version));
}

/** After a way down: Supabase's history says so too, as `supabase migration repair` does, and an empty one of ours goes. */
async function forget(db: Kysely<any>, undone: MigrationStep[]): Promise<void> {
  if (undone.length > 0 && (await tableExists(db, 'supabase_migrations', 'schema_migrations'))) {
    await sql`
      delete from supabase_migrations.schema_migrations
      where version = any (${undone.map((step) => versionOf(step.name))})`.execute(db);
  }
  if (!(await tableExists(db, historySchema, 'kysely_migration'))) return;
  const left = await sql`select from scenario_push.kysely_migration limit 1`.execute(db);
  if (left.rows.length > 0) return;
  await sql
    .raw(
      `
    drop table if exists scenario_push.kysely_migration, scenario_push.kysely_migration_lock;
    do $$
    begin
      drop schema if exists scenario_push;
    exception when dependent_objects_still_exist then
      null;
    end
    $$;
  `,
    )
    .execute(db);
}

async function tableExists(db: Kysely<any>, schema: string, table: string): Promise<boolean> {
  const { rows } =
    await sql`select from pg_catalog.pg_tables where schemaname = ${schema} and tablename = ${table}`.execute(db);
  return rows.length > 0;
}

function steps(
  { error, results = [] }: MigrationResultSet,
  { files, undone = [] }: { files: readonly MigrationFile[]; undone?: readonly MigrationStep[] },
): MigrationStep[] {
  if (error === undefined) {
    return results.map((result) => ({
      name: result.migrationName,
      direction: result.direction === 'Up' ? 'up' : 'down',
    }));
  }
  const failed = results.find((result) => result.status === 'Error');
  const file = files.find(({ name }) => name === failed?.migrationName);
  const down = failed?.direction === 'Down';
  const before =
    undone.length > 0
      ? `took back ${undone.map(({ name }) => name).join(', ')}; nothing else was changed`
      : 'nothing was changed';
  const where = file ? `${down ? 'down/' : ''}${file.name}.sql${lineOf(error, down ? file.down : file.up)}: ` : '';
  throw new CodedError('E_MIGRATION_FAILED', `${where}${reasonOf(error)}; ${before}`, {
    fix: adviceOn(error, file),
    cause: error,
  });
}

/** The hint is PostgreSQL's or our own, and may quote what the message may. */
function reasonOf(error: unknown): string {
  const said = describeDatabaseError(error);
  const { message, hint } = error as { message?: string; hint?: string };
  const short = said.length > 500 ? `${said.slice(0, 500)}…` : said;
  return said === message && hint ? `${short} (${hint})` : short;
}

/** PostgreSQL counts characters, from 1, and not UTF-16 units. */
function lineOf(error: unknown, text: string): string {
  const position = Number((error as { position?: unknown }).position);
  return position > 0
    ? ` line ${
        Array.from(text)
          .slice(0, position - 1)
          .filter((letter) => letter === '\n').length + 1
      }`
    : '';
}

function adviceOn(error: unknown, file: MigrationFile | undefined): string {
  if (file) return 'correct the file, or what it met in the database, and run the command again';
  if ((error as Error).message.startsWith('corrupted migrations'))
    return 'another build has migrated this database: use that one, or restore its files';
  return 'run "scenario-push doctor", then the command again';
}
