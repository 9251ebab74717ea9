import { HTTPException } from 'hono/http-exception';
import { sql, type Kysely, type Transaction } from 'kysely';
import { guard, ScenarioRepositoryException } from '../db/repository-exception.ts';
import type { Database } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Person, Reader } from './reader.ts';

/** No page needs so long; the connections are everybody's. */
const LONGEST_OF_A_PERSON = '15s';

type Work<T> = (tx: Transaction<Database>) => Promise<T>;

/**
 * Runs `work` in one transaction, in which a person is `authenticated` with their claims: row-level security decides what
 * exists for them. The operator's runs as the role of DATABASE_URL. Throws {@link ScenarioRepositoryException}.
 */
export async function asReader<T>(db: Kysely<Database>, reader: Reader, work: Work<T>): Promise<T> {
  return guard('asReader', () =>
    inTransaction(db, async (tx) => {
      if (reader.kind === 'person') {
        // Whoever brings a transaction bounds it as well.
        if (!db.isTransaction)
          await sql`select set_config('statement_timeout', ${LONGEST_OF_A_PERSON}, true)`.execute(tx);
        await become(tx, reader);
      }
      return work(tx);
    }),
  ).catch(itself);
}

/** A page's own answer is no failure of the database, and a failure that names its operation needs no second name. */
function itself(error: unknown): never {
  const { cause } = error as Error;
  throw cause instanceof HTTPException || cause instanceof ScenarioRepositoryException ? cause : error;
}

/**
 * Within `asReader`: runs `work` with the service's role, for what the database has said the reader may see, and returns to
 * the reader's role. For evaluations: one that policies filter would be wrong. A person's transaction only reads from then on.
 */
export async function asService<T>(tx: Transaction<Database>, reader: Reader, work: Work<T>): Promise<T> {
  if (reader.kind === 'operator') return work(tx);
  await sql`select set_config('role', 'none', true), set_config('transaction_read_only', 'on', true)`.execute(tx);
  // What fails here has ended the transaction: there is no role to return to.
  const found = await work(tx);
  await become(tx, reader);
  return found;
}

async function become(tx: Transaction<Database>, { claims }: Person): Promise<void> {
  await sql`
    select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true), set_config('role', 'authenticated', true)
  `.execute(tx);
}
