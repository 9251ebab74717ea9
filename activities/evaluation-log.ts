import type { Logger } from 'pino';
import type { Evaluation } from '../db/evaluation.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';

type About = { readonly batch: string; readonly scenario_type: ScenarioType };

/** Says of a new evaluation what its counts do not show. */
export function logEvaluation(log: Logger, about: About, { setAside = [], lostRaces }: Evaluation): void {
  for (const left of setAside) {
    log.error(
      { ...about, ...left },
      'set aside: evaluating it failed or cost too much, and everybody else is evaluated',
    );
  }
  if (lostRaces) {
    log.warn(
      { ...about, candidates: lostRaces },
      'lost the race for a claim: another evaluation has claimed the same, and these are skipped as in_flight',
    );
  }
}
