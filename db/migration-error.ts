/**
 * - `E_SCHEMA_BEHIND`: the database lacks migrations that this build needs.
 * - `E_DATABASE_ROLE`: the connection's role is not let into the service's schema.
 * - `E_MIGRATION_FILES`: the folder of migrations is not sound, and nothing was begun; the message lists every fault.
 * - `E_MIGRATION_FAILED`: nothing of the migration was applied; the message names its file and what to do.
 */
export class MigrationError extends Error {
  readonly code: 'E_SCHEMA_BEHIND' | 'E_DATABASE_ROLE' | 'E_MIGRATION_FILES' | 'E_MIGRATION_FAILED';

  constructor(code: MigrationError['code'], message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.name = 'MigrationError';
    this.code = code;
  }
}
