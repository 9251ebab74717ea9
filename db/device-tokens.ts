import type { Kysely } from 'kysely';
import { guard } from './repository-exception.ts';
import { all, first, must } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { TokenKind } from '../domain/outcome.ts';
import type { Database } from './tables.ts';

/** Never log `token`. */
export interface StaleToken {
  readonly id: string;
  readonly user_id: string;
  readonly platform: string;
  readonly token: string;
  readonly token_kind: TokenKind;
  /** Not seen for so long that nobody need be asked. */
  readonly is_expired: boolean;
}

export interface DeadToken extends Pick<StaleToken, 'id' | 'token'> {
  /** What the push service said. */
  readonly reason: string;
}

const stale = statementFromFile<StaleToken>('stale-tokens');
const countOfStale = statementFromFile<{ tokens: number }>('count-stale-tokens');
const invalidate = statementFromFile<{ invalidated: number }>('invalidate-tokens');

export class DeviceTokenRepository {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** Tokens in use that no app has shown since `notSeenSince`, by id, those after `after`. */
  async staleTokens(page: {
    readonly notSeenSince: Date;
    /** Those of iOS that were not seen since are expired. */
    readonly expiredSince: Date;
    readonly after: string;
    readonly pageSize: number;
  }): Promise<StaleToken[]> {
    const { notSeenSince, expiredSince, after, pageSize } = page;
    const parameters = { not_seen_since: notSeenSince, expired_since: expiredSince, after, page_size: pageSize };
    return guard('staleTokens', () => all(this.#db, stale, parameters));
  }

  /** How many of them there are. */
  async countStale(notSeenSince: Date): Promise<number> {
    return guard('countStaleTokens', async () => {
      return must(await first(this.#db, countOfStale, { not_seen_since: notSeenSince })).tokens;
    });
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
