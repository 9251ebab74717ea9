import type { Kysely } from 'kysely';
import type { PutOff, SettleRequest, Settlement } from './attempts.ts';
import { settleClaims } from './dispatch.ts';
import { describeDatabaseError, isOfItsRow } from './repository-exception.ts';
import { first } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** More claims that cannot be settled at a time are nobody's own fault. */
const MOST_PUT_OFF = 20;

type Claim = Pick<PutOff, 'claim_id'>;

const putOff = statementFromFile('put-off');

/**
 * Settles a batch's claims, or some of them. A claim that breaks a rule of the database by what is in its own rows is found
 * by halving and put off; the others are settled as if it had not been there.
 */
export async function settleApart(db: Kysely<Database>, request: SettleRequest): Promise<Settlement> {
  try {
    return await settleClaims(db, request);
  } catch (error) {
    if (!isOfItsRow(error)) throw error;
    return settleHalves(db, request, request.claims ?? (await unsettled(db, request.batchKey)), error, MOST_PUT_OFF);
  }
}

async function settleHalves(
  db: Kysely<Database>,
  request: SettleRequest,
  claims: readonly Claim[],
  error: unknown,
  most: number,
): Promise<Settlement> {
  if (claims.length <= 1) {
    if (most === 0 || !claims[0]) throw error;
    return putOffOne(db, request, claims[0], describeDatabaseError(error));
  }
  let sum: Settlement = { sent: 0, failed: 0, held: 0, recorded: 0, putOff: [] };
  const middle = claims.length >> 1;
  for (const half of [claims.slice(0, middle), claims.slice(middle)]) {
    sum = plus(sum, await settleHalf(db, request, half, most - (sum.putOff?.length ?? 0)));
  }
  return sum;
}

async function settleHalf(
  db: Kysely<Database>,
  request: SettleRequest,
  claims: readonly Claim[],
  most: number,
): Promise<Settlement> {
  try {
    return await settleClaims(db, { ...request, claims });
  } catch (error) {
    if (!isOfItsRow(error)) throw error;
    return settleHalves(db, request, claims, error, most);
  }
}

async function putOffOne(
  db: Kysely<Database>,
  { batchKey, fence, now }: SettleRequest,
  { claim_id }: Claim,
  fault: string,
): Promise<Settlement> {
  await first(db, putOff, { claim_id, batch_key: batchKey, fence, fault, now });
  return { sent: 0, failed: 0, held: 0, recorded: 0, putOff: [{ claim_id, fault }] };
}

function unsettled(db: Kysely<Database>, batchKey: string): Promise<Claim[]> {
  return db
    .selectFrom('scenario_claims')
    .select('id as claim_id')
    .where('batch_key', '=', batchKey)
    .where('state', 'in', ['open', 'unknown'])
    .execute();
}

function plus(one: Settlement, other: Settlement): Settlement {
  return {
    sent: one.sent + other.sent,
    failed: one.failed + other.failed,
    held: one.held + other.held,
    recorded: one.recorded + other.recorded,
    putOff: [...(one.putOff ?? []), ...(other.putOff ?? [])],
  };
}
