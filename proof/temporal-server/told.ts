import { CHECK_AGAIN_AFTER } from '../../domain/timing.ts';
import { textsOf, untilNothingRuns, untilSettled, whoIsDue } from '../chaos/aftermath.ts';
import { check } from '../chaos/check.ts';
import { readDatabase } from '../chaos/facts.ts';
import type { Scene } from '../chaos/weather/scene.ts';
import { require } from './steps.ts';

const WITHIN_MS = 180_000;

/** Waits until all is settled, then holds every rule of the fault proof against the ledger: everybody who was due was told once. */
export async function everybodyWasToldOnce(scene: Scene): Promise<string> {
  const { pool, stack, asOf, dueThen } = scene;
  const deadline = performance.now() + WITHIN_MS;
  await untilSettled(pool, deadline, async () => {});
  await untilNothingRuns(stack.client, deadline);
  const { rows } = await pool.query<{ workflow_id: string }>('select distinct workflow_id from evaluation_runs');
  const verdict = check(
    {
      due: dueThen,
      dueAfterwards: await whoIsDue(pool, asOf, 'told or not'),
      changes: [],
      halts: [],
      checkAgainAfterMs: CHECK_AGAIN_AFTER,
      posts: scene.posts(),
      texts: await textsOf(stack.client, pool, {
        logFiles: scene.fleet.logFiles(),
        sweeps: rows.map((row) => row.workflow_id),
      }),
      ...(await readDatabase(pool)),
    },
    'resend',
  );
  const first = verdict.violations.slice(0, 3).map(({ rule, detail }) => `${rule}: ${detail}`);
  require(first.length === 0, `${verdict.violations.length} violations, ${first.join(' | ')}`);
  require(verdict.due > 0 &&
    verdict.sentOnce ===
      verdict.due, `${verdict.due} due, ${verdict.sentOnce} told once, ${verdict.sentAgain} told again, ${verdict.missed} missed`);
  return `${verdict.due} due, each told once`;
}
