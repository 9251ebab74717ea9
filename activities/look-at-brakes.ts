import type { Braked, BrakeState } from '../domain/brake.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';

export interface BrakesRequest {
  readonly planKey: string;
  readonly scenarioTypes: readonly ScenarioType[];
  /** Of these, what somebody has answered for. */
  readonly answered: readonly ScenarioType[];
  readonly answer: 'released' | 'withdrawn';
}

export interface BrakeView {
  readonly state: BrakeState;
  /** Where it is braked. */
  readonly braked?: Braked;
}

/** Decides about brakes where that can be done now, answers those that were answered for, and says what became of each. */
export async function lookAtBrakes(
  { planKey, scenarioTypes, answered, answer }: BrakesRequest,
  { repository, clock }: Dependencies,
  { brakeAnswerWithinMs: answerWithinMs }: Pick<DispatchSettings, 'brakeAnswerWithinMs'>,
): Promise<Record<string, BrakeView>> {
  const views: Record<string, BrakeView> = {};
  for (const scenarioType of scenarioTypes) {
    const given = answered.includes(scenarioType) ? answer : null;
    const row = await repository.lookAtBrake({ planKey, scenarioType }, given, { now: clock(), answerWithinMs });
    // A database that was exchanged knows of none, and nothing keeps its batches.
    const { state, expected, usual, sweeps, braked_at } = row ?? { state: 'clear' };
    const until = new Date((braked_at?.getTime() ?? 0) + answerWithinMs).toISOString();
    const braked = { expected: expected ?? 0, usual: usual ?? 0, sweeps: sweeps ?? 0, until };
    views[scenarioType] = { state, ...(state === 'braked' && { braked }) };
  }
  return views;
}
