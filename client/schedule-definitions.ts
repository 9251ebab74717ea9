import { SCENARIO_TYPES, SCENARIOS } from '../domain/scenarios/registry.ts';
import type { SweepInput } from '../workflows/scenario-sweep.ts';
import { SCENARIO_TYPE } from '../workflows/search-attributes.ts';

/** A Schedule of this service; its workflow's id is its own, and the server appends the time. */
export interface ScheduleDefinition {
  readonly id: string;
  readonly cron: string;
  readonly timezone: string;
  readonly workflowType: string;
  readonly args: readonly unknown[];
  readonly summary: string;
  /** Less than until the next run: with overlap SKIP, one that hangs would let every later one be skipped. */
  readonly executionTimeout: '20 hours' | '4 minutes' | '10 days';
  readonly searchAttributes: readonly { readonly key: typeof SCENARIO_TYPE; readonly value: string[] }[];
}

const sweeps: ScheduleDefinition[] = SCENARIO_TYPES.map((scenarioType) => {
  const { schedule, title } = SCENARIOS[scenarioType];
  const input: SweepInput = { scenarioTypes: [scenarioType], timezone: schedule.timezone };
  return {
    id: `sweep-${scenarioType}`,
    ...schedule,
    workflowType: 'scenarioSweep',
    args: [input],
    summary: `${title} · every mentor · ${schedule.cron} ${schedule.timezone}`,
    executionTimeout: '20 hours',
    searchAttributes: [{ key: SCENARIO_TYPE, value: [scenarioType] }],
  };
});

/** One for each scenario type, and those that keep house. */
export const SCHEDULES: readonly ScheduleDefinition[] = [
  ...sweeps,
  {
    id: 'settle-stranded-claims',
    cron: '*/5 * * * *',
    timezone: 'Europe/Oslo',
    workflowType: 'settleStrandedClaims',
    args: [],
    summary: 'Settles notifications whose workflow is gone',
    executionTimeout: '4 minutes',
    searchAttributes: [],
  },
  {
    id: 'refresh-device-tokens',
    cron: '30 3 1 * *',
    timezone: 'Europe/Oslo',
    workflowType: 'refreshDeviceTokens',
    args: [],
    summary: 'Checks device tokens not seen for a month, by dry run',
    executionTimeout: '10 days',
    searchAttributes: [],
  },
];

export function isScheduleId(text: string): boolean {
  return SCHEDULES.some(({ id }) => id === text);
}
