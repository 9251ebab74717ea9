import { evaluateAndDispatch, type EvaluateAndDispatchResult } from '../../activities/evaluate-and-dispatch.ts';
import type { PreviewRow } from '../../db/preview.ts';
import { rangeOfMentor } from '../../domain/mentor-range.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { startService, type TestService } from '../support/service.ts';

/** Noon of 20 November 2026 in Oslo: the day that the contract's worked examples speak of. */
export const asOf = new Date('2026-11-20T11:00:00Z');

/** Noon in Oslo (winter time) of a date. */
export const noonOf = (date: string) => new Date(`${date}T11:00:00Z`);

export interface ScenarioUnderTest extends TestService {
  /** Her candidates at noon of 20 November, or at another instant; nothing is sent. */
  candidates(mentorId: string, at?: Date): Promise<PreviewRow[]>;
  /** Evaluates her and sends what is due, the clock standing at `now`. @default now = at */
  evaluate(mentorId: string, at?: Date, now?: Date): Promise<EvaluateAndDispatchResult>;
  /** What reached her devices, in the order in which it did. */
  delivered(mentorId: string): Promise<{ title: string; body: string }[]>;
}

export async function startScenario(scenarioType: ScenarioType): Promise<ScenarioUnderTest> {
  const service = await startService(asOf);
  return {
    ...service,
    candidates: async (mentorId, at = asOf) => {
      const rows: PreviewRow[] = [];
      const request = { scenarioType, asOf: at, range: rangeOfMentor(mentorId) };
      for await (const row of service.repository.previewCandidates(request)) rows.push(row);
      return rows;
    },
    evaluate: (mentorId, at = asOf, now = at) => {
      service.setNow(now);
      return evaluateAndDispatch(mentorId, scenarioType, { asOf: at, retryAfterMs: 1 }, service.deps);
    },
    delivered: async (mentorId) => {
      const ledger = await service.emulator.ledger();
      return ledger
        .filter((entry) => entry.delivered && entry.token?.includes(mentorId))
        .map(({ title, body }) => ({ title: title ?? '', body: body ?? '' }));
    },
  };
}
