import type { ExplainedPast, ScenarioExplanation } from '../answers/explanation.ts';
import { describeBraked } from '../domain/brake.ts';

/** As `explain --json` prints it: whatever something waits for, its reason is a text. */
export function explanationAsJson(explanation: ScenarioExplanation) {
  return { ...explanation, history: explanation.history.map((past) => ({ ...past, waits: waitAsJson(past) })) };
}

function waitAsJson({ waits }: ExplainedPast) {
  if (waits?.for !== 'brake') return waits;
  return { for: waits.for, until: waits.until, reason: describeBraked(waits.braked) };
}
