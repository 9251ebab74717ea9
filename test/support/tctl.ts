import { tctl as tctlOn } from '../../proof/support/tctl.ts';
import { fromSetup } from './server-address.ts';

export { findTctl } from '../../proof/support/tctl.ts';

/** On the run's server. */
export function tctl(file: string, ...args: string[]): Promise<{ ok: boolean; output: string }> {
  return tctlOn(file, fromSetup('TEST_TEMPORAL_ADDRESS'), ...args);
}
