import type { ScenarioType } from './registry.ts';

/** The Schedule that sweeps for a scenario type. */
export function sweepScheduleId(type: ScenarioType): string {
  return `sweep-${type}`;
}
