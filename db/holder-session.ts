import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { SECOND } from '../domain/durations.ts';

/** First key of the advisory locks by which holders are known to live; the second is the holder's. */
export const HOLDER_SPACE = 0x5350_5553;

const RECONNECT_AFTER = SECOND;

/**
 * A session of this process alone that holds a lock for as long as the process lives: PostgreSQL notices at once when
 * it is killed, and others see that the lock is free (db/sql/is-holder-gone.sql).
 *
 * `key` is null while there is no such session, and for good where a pooler is in between that gives a client another
 * session for each transaction: nobody could tell whose lock it is. Those after it then wait for the whole grace period.
 */
export class HolderSession {
  readonly #url: string;
  readonly #key = randomInt(1, 0x7fff_ffff);
  #client: pg.Client | null = null;
  #isLocked = false;
  #ended = false;

  private constructor(url: string) {
    this.#url = url;
  }

  static async open(url: string): Promise<HolderSession> {
    const session = new HolderSession(url);
    await session.#connect();
    return session;
  }

  get key(): number | null {
    return this.#isLocked ? this.#key : null;
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#isLocked = false;
    await this.#client?.end().catch(() => {});
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'scenario-push holder',
      connectionTimeoutMillis: 10_000,
    });
    this.#client = client;
    client.on('error', () => {});
    client.on('end', () => this.#lost(client));
    try {
      await client.connect();
      // A machine that vanishes closes no connection: the server asks after it.
      await client.query(
        `select set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),
           set_config('tcp_keepalives_count', '3', false), set_config('idle_session_timeout', '0', false)`,
      );
      const { rows } = await client.query<{ pid: number }>(
        'select pg_backend_pid() as pid from pg_advisory_lock($1, $2)',
        [HOLDER_SPACE, this.#key],
      );
      this.#isLocked = (client as pg.Client & { readonly processID: number | null }).processID === rows[0]!.pid;
    } catch {
      await client.end().catch(() => {});
      this.#lost(client);
    }
  }

  /** A connection that fails says so twice; only the first counts, or each try would be followed by two. */
  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#isLocked = false;
    if (this.#ended) return;
    void sleep(RECONNECT_AFTER, undefined, { ref: false }).then(() => {
      if (!this.#ended) return this.#connect();
    });
  }
}
