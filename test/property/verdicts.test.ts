import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PreviewRow } from '../../db/preview.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { SCENARIO_TYPES, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { SUPPRESSION_REASONS } from '../../domain/suppression.ts';
import type { Audience } from '../../proof/evaluator/audience.ts';
import { evaluate } from '../../proof/evaluator/evaluate.ts';
import { loadAudience } from '../../proof/evaluator/load-audience.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { audienceOf } from './audience-of.ts';
import {
  actualLines,
  difference,
  everybody,
  expectedLines,
  mentorsIn,
  type Difference,
  type Preview,
} from './comparison.ts';
import { mentor, world } from './sketches.ts';
import { describeCase, onlyMentor, smallestCase } from './smallest-case.ts';
import { letUnsoundRulesIn, storeAudience } from './store-audience.ts';

/**
 * `PROPERTY_SEED=7 PROPERTY_SEEDS=50 npm test -- test/property/verdicts`: seeds 7 to 56, 70 s. One seed has one instant
 * and a dozen organisations, so more seeds find more than more mentors do.
 */
const seeds = Number(process.env['PROPERTY_SEEDS'] ?? 3);
const firstSeed = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Math.random() * 1_000_000_000));
const mentorsPerSeed = Number(process.env['PROPERTY_MENTORS'] ?? 1_000);

let database: TestDatabase;
let repository: ScenarioRepository;
beforeAll(async () => {
  database = await createDatabase();
  repository = new ScenarioRepository(database.worker.db);
  await letUnsoundRulesIn(database.pool);
});
afterAll(() => database.drop());

const preview: Preview = async (request) => {
  const rows: PreviewRow[] = [];
  for await (const row of repository.previewCandidates(request)) rows.push(row);
  return rows;
};

async function differences(audience: Audience, asOf: Date): Promise<Difference | null> {
  for (const scenarioType of SCENARIO_TYPES) {
    const found = difference(
      scenarioType,
      expectedLines(audience, scenarioType, asOf),
      await actualLines(database.worker.db, preview, scenarioType, asOf),
    );
    if (found) return found;
  }
  return null;
}

/** Finds one mentor of whom the two disagree, takes away all that does not matter, and says what is left. */
async function report(seed: number, audience: Audience, asOf: Date, found: Difference): Promise<string> {
  const [userId] = mentorsIn(found);
  const head = `seed ${seed}, ${found.scenarioType}, as of ${asOf.toISOString()}`;
  if (!userId) return `${head}: the order or the counts differ\n${found.expected.at(-1)}\n${found.actual.at(-1)}`;
  const stillFails = async (smaller: Audience) => {
    await storeAudience(database.pool, smaller);
    return (await differences(smaller, asOf)) !== null;
  };
  const hers = onlyMentor(audience, userId);
  if (!(await stillFails(hers))) return `${head}: mentor ${userId} differs among others, and not alone`;
  const smallest = await smallestCase(hers, stillFails);
  await storeAudience(database.pool, smallest);
  const left = (await differences(smallest, asOf))!;
  return [
    head,
    describeCase(smallest),
    'expected by the evaluator',
    ...left.expected.map((text) => `  ${text}`),
    'got from the database',
    ...left.actual.map((text) => `  ${text}`),
  ].join('\n');
}

/** Claims for everybody, and compares what was claimed and counted with what was to be sent. */
async function claim(scenarioType: ScenarioType, audience: Audience, asOf: Date): Promise<void> {
  const expected = evaluate(audience, scenarioType, asOf);
  const batchKey = `property-${scenarioType}`;
  const counts = await repository.evaluateAndClaim({
    lateness: 'report',
    scenarioType,
    asOf,
    now: asOf,
    range: everybody,
    batchKey,
    planKey: 'property',
    workflowId: 'property',
    runId: '',
  });
  const { mentors_evaluated, mentors_misconfigured, candidates, suppressed, send } = expected;
  expect(counts).toEqual({
    isNew: true,
    mentors_evaluated,
    mentors_misconfigured,
    candidates,
    suppressed,
    claimed: send,
  });
  const claimed = await database.db
    .selectFrom('scenario_claims')
    .select('idempotency_key')
    .where('batch_key', '=', batchKey)
    .execute();
  const toSend = expected.verdicts.filter(({ verdict }) => verdict === 'send').map((row) => row.idempotency_key);
  expect(claimed.map((row) => row.idempotency_key).sort()).toEqual(toSend.sort());
}

describe(`${seeds} audiences of ${mentorsPerSeed} mentors from seed ${firstSeed}`, () => {
  const seen = { candidates: 0, deferred: 0, reasons: new Map<string, number>(), misconfigured: 0 };

  test.each(Array.from({ length: seeds }, (_, at) => firstSeed + at))(
    'preview says what the evaluator says, a claim takes exactly what preview would send, then all of that is in flight (seed %i)',
    async (seed) => {
      const [drawn] = fc.sample(world, { seed, numRuns: 1 });
      const audience = audienceOf(drawn!, fc.sample(mentor, { seed, numRuns: mentorsPerSeed }));
      const asOf = new Date(drawn!.asOf);
      await storeAudience(database.pool, audience);

      const found = await differences(audience, asOf);
      if (found) throw new Error(await report(seed, audience, asOf, found));

      for (const scenarioType of SCENARIO_TYPES) {
        const { verdicts, candidates, suppressed, mentors_misconfigured } = evaluate(audience, scenarioType, asOf);
        seen.candidates += candidates;
        seen.deferred += verdicts.filter(({ send_at }) => send_at !== null).length;
        seen.misconfigured += mentors_misconfigured;
        for (const [reason, n] of Object.entries(suppressed))
          seen.reasons.set(reason, (seen.reasons.get(reason) ?? 0) + n);
        // What was claimed of another type counts towards a cap.
        await claim(scenarioType, await loadAudience(database.pool), asOf);
      }

      const after = await loadAudience(database.pool);
      expect(after.claims.length).toBeGreaterThan(audience.claims.length);
      expect(await differences(after, asOf)).toBeNull();
      expect(SCENARIO_TYPES.map((scenarioType) => evaluate(after, scenarioType, asOf).send)).toEqual(
        SCENARIO_TYPES.map(() => 0),
      );
    },
  );

  const many = seeds * mentorsPerSeed >= 3_000;
  (many ? test : test.skip)(
    'met every reason, unreadable rules, hours to wait for, and a candidate for every ten mentors',
    () => {
      const ofSweeps = ['late', 'limit'];
      expect([...seen.reasons.keys()].sort()).toEqual(
        SUPPRESSION_REASONS.filter((reason) => !ofSweeps.includes(reason)).sort(),
      );
      expect(seen.misconfigured).toBeGreaterThan(0);
      expect(seen.deferred).toBeGreaterThan(0);
      expect(seen.candidates).toBeGreaterThan((seeds * mentorsPerSeed) / 10);
    },
  );
});
