import { DEFAULT_BRAKE } from '../brake.ts';
import type { ScenarioType } from '../scenarios/registry.ts';
import { count } from './en/amounts.ts';

/** A tenth of the mentors, as for the brake where no sweep has finished; but no fewer than this. */
const FEWEST = 10;

/**
 * For a type that nobody was ever notified of: what its first sweep would send if that is much, and how to have only what
 * is new count. `today`: `YYYY-MM-DD`. Null: it is not much.
 */
export function describeFirstSweep(
  scenarioType: ScenarioType,
  { send, mentors, today }: { readonly send: number; readonly mentors: number; readonly today: string },
): string[] | null {
  if (send < FEWEST || send <= mentors / 10) return null;
  const braked = send > DEFAULT_BRAKE.minimum ? ', and would be braked' : '';
  return [
    `first sweep: nobody has been notified of ${scenarioType} yet; of ${count(mentors, 'mentor')} evaluated, it would send ${count(send, 'notification')}${braked}.`,
    'So that only what is new from today counts:',
    `update scenario_rules set starts_on = '${today}' where scenario_type = '${scenarioType}';`,
  ];
}
