import { findTemporalCli } from '../../local/temporal-cli.ts';
import { run } from '../../local/run.ts';
import { fromSetup } from './server-address.ts';

let cli: Promise<string> | undefined;

/** What `temporal` prints when it is given these arguments, on the run's server. `ok` is false for any exit code but 0. */
export async function temporal(...args: string[]): Promise<{ ok: boolean; output: string }> {
  const file = await (cli ??= findTemporalCli({ log: () => {} }));
  // Profiles and TEMPORAL_… variables of the person at the keyboard speak about another server.
  const own = [
    '--address',
    fromSetup('TEST_TEMPORAL_ADDRESS'),
    '--disable-config-file',
    '--disable-config-env',
    '--color',
    'never',
  ];
  const { code, output } = await run(file, [...args, ...own], { timeoutMs: 30_000 });
  return { ok: code === 0, output };
}
