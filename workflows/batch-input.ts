import type { BatchRequest } from '../activities/create-activities.ts';
import { parseInstant } from '../domain/instant.ts';
import { isSameRange } from '../domain/mentor-range.ts';
import { planKey, rangeOfBatch } from '../domain/sweep.ts';
import {
  instant,
  MOST,
  optional,
  readInput,
  scenarioType,
  shown,
  text,
  uuid,
  whole,
  wrongInput,
} from './read-input.ts';
import type { Fields } from './read-input.ts';

const key = text('a text of 1 to 1000 characters');

const FIELDS: Fields<Omit<BatchRequest, 'onlyKey'>> = {
  batchKey: key,
  planKey: key,
  scenarioType,
  asOf: instant,
  // Compared as a whole below.
  range: [() => true, 'a range'],
  lateness: [(value) => value === undefined || value === 'report' || value === 'send', 'report or send'],
  budget: [() => true, 'a budget'],
};

const BUDGET: Fields<NonNullable<BatchRequest['budget']>> = { sweepKey: key, allowance: whole(0, MOST) };
const RANGE: Fields<BatchRequest['range']> = {
  from: uuid,
  to: optional([(value) => value === null || uuid[0](value), 'a UUID, or null']),
};

/**
 * A batch whose keys say what it is. Throws E_WORKFLOW_INPUT: one that was made up under the key of a batch to come
 * would otherwise be taken for it, and nobody in its range would be notified.
 */
export function readBatch(given: unknown): BatchRequest {
  const batch = readInput<Omit<BatchRequest, 'onlyKey'>>(given, FIELDS);
  readInput(batch.range, RANGE, 'range');
  if (batch.budget !== undefined) readInput(batch.budget, BUDGET, 'budget');
  const asOf = parseInstant(batch.asOf)!;
  const range = rangeOfBatch({ ...batch, asOf });
  const batches = Number(/-of(\d+)/.exec(batch.planKey)?.[1]);
  const mode = { limit: batch.budget?.allowance ?? null, sendLate: batch.lateness === 'send' };
  const plan = planKey(asOf.toISOString(), batches, mode);
  if (!range || batch.planKey !== plan) {
    throw wrongInput(
      `batchKey: expected the key of what the batch is (scenarioType, asOf, number, lateness, budget), got ${shown(batch.batchKey)} of plan ${shown(batch.planKey)}`,
    );
  }
  if (!isSameRange(range, batch.range)) {
    throw wrongInput(`range: expected that of ${batch.batchKey}, ${shown(range)}, got ${shown(batch.range)}`);
  }
  return batch;
}
