import { DAY, HOUR, MINUTE } from '../domain/durations.ts';
import type { BrakeSetting } from '../domain/brake.ts';
import { isScenarioType, SCENARIO_TYPES, SCENARIOS } from '../domain/scenarios/registry.ts';
import { sweepScheduleId } from '../domain/scenarios/sweep-schedule-id.ts';
import type { SweepInput } from '../workflows/scenario-sweep.ts';
import { SCENARIO_TYPE } from '../workflows/search-attributes.ts';
import { SWEEP_DETAILS } from './sweeps.ts';

/** A Schedule of this service; its workflow's id is its own, and the server appends the time. */
export interface ScheduleDefinition {
  readonly id: string;
  /** Five fields. */
  readonly cron: string;
  readonly timezone: string;
  /** How it is created, unless it is to run; later its operators decide. @default true */
  readonly paused?: boolean;
  readonly workflowType: string;
  /** When what it sends is braked; absent: the default. Of sweeps alone. */
  readonly brake?: BrakeSetting;
  /** What the workflow is started with. */
  readonly argsIn: (given: Pick<ScheduleDefinition, 'timezone' | 'brake'>) => readonly unknown[];
  readonly summary: string;
  /** Markdown. @default nothing */
  readonly details?: string;
  /** Less than until the next run: with overlap SKIP, one that hangs would let every later one be skipped. */
  readonly executionTimeoutMs: number;
  readonly searchAttributes: readonly { readonly key: typeof SCENARIO_TYPE; readonly value: string[] }[];
}

const sweeps: ScheduleDefinition[] = SCENARIO_TYPES.map((scenarioType) => {
  const { schedule, words } = SCENARIOS[scenarioType];
  return {
    id: sweepScheduleId(scenarioType),
    ...schedule,
    workflowType: 'scenarioSweep',
    argsIn: ({ timezone, brake }): [SweepInput] => [
      { scenarioTypes: [scenarioType], timezone, ...(brake !== undefined && { brake }) },
    ],
    summary: `${words.en.title} · every mentor`,
    details: SWEEP_DETAILS,
    executionTimeoutMs: 20 * HOUR,
    searchAttributes: [{ key: SCENARIO_TYPE, value: [scenarioType] }],
  };
});

/** One for each scenario type, and those that keep house. */
export const DEFAULT_SCHEDULES: readonly ScheduleDefinition[] = [
  ...sweeps,
  {
    id: 'settle-stranded-claims',
    cron: '*/5 * * * *',
    timezone: 'Europe/Oslo',
    workflowType: 'settleStrandedClaims',
    argsIn: () => [],
    summary: 'Settles notifications whose workflow is gone',
    executionTimeoutMs: 4 * MINUTE,
    searchAttributes: [],
  },
  {
    id: 'refresh-device-tokens',
    cron: '30 3 1 * *',
    timezone: 'Europe/Oslo',
    workflowType: 'refreshDeviceTokens',
    argsIn: () => [],
    summary: 'Checks device tokens not seen for a month, by dry run',
    executionTimeoutMs: 10 * DAY,
    searchAttributes: [],
  },
];

/** The id that a scenario type's name, or a Schedule's, stands for; undefined for neither. */
export function scheduleIdOf(name: string): string | undefined {
  const id = isScenarioType(name) ? sweepScheduleId(name) : name;
  return DEFAULT_SCHEDULES.some((definition) => definition.id === id) ? id : undefined;
}
