import type { Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import { all, first } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** Never log `token`. */
export interface StaleToken {
  readonly id: string;
  readonly token: string;
}

export interface DeadToken extends StaleToken {
  /** What the push service said. */
  readonly reason: string;
}

const stale = statementFromFile<StaleToken>('stale-tokens');
const invalidate = statementFromFile<{ invalidated: number }>('invalidate-tokens');

export class DeviceTokenRepository {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** Tokens in use that no app has shown since `notSeenSince`, by id, those after `after`. */
  async staleTokens(page: { notSeenSince: Date; after: string; pageSize: number }): Promise<StaleToken[]> {
    return guard('staleTokens', () =>
      all(this.#db, stale, { not_seen_since: page.notSeenSince, after: page.after, page_size: page.pageSize }),
    );
  }

  /** Returns how many were taken out: one that the device has replaced meanwhile stays. */
  async invalidate(tokens: readonly DeadToken[], now: Date): Promise<number> {
    if (tokens.length === 0) return 0;
    return guard('invalidateTokens', async () => {
      const row = await first(this.#db, invalidate, {
        ids: tokens.map((token) => token.id),
        tokens: tokens.map((token) => token.token),
        reasons: tokens.map((token) => token.reason),
        now,
      });
      return row?.invalidated ?? 0;
    });
  }
}
