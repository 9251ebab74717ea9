import { afterAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { guard } from '../../db/repository-exception.ts';
import { inTransaction } from '../../db/transaction.ts';
import { SECOND } from '../../domain/durations.ts';
import { createDatabase } from '../support/database.ts';

const { worker, drop } = await createDatabase();
afterAll(drop);

const lockNotGot = sql`do $$ begin raise exception 'refused at once' using errcode = 'lock_not_available'; end $$`;

describe('work that does not get a lock', () => {
  test('is started again, also where a method of the repository says so', async () => {
    let tries = 0;
    const work = inTransaction(
      worker.db,
      (tx) => guard('test', async () => (++tries < 3 ? lockNotGot.execute(tx) : null)),
      { patienceMs: 30 * SECOND },
    );
    expect(await work).toBeNull();
    expect(tries).toBe(3);
  });

  test('pauses in between, where the lock was refused at once', async () => {
    let tries = 0;
    const work = inTransaction(worker.db, (tx) => (tries++, lockNotGot.execute(tx)), { patienceMs: SECOND });
    await expect(work).rejects.toMatchObject({ code: '55P03' });
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(10);
  });

  test('has failed at once, where nobody has the patience', async () => {
    let tries = 0;
    const work = inTransaction(worker.db, (tx) => (tries++, lockNotGot.execute(tx)));
    await expect(work).rejects.toMatchObject({ code: '55P03' });
    expect(tries).toBe(1);
  });
});
