import { printJson } from '../cli/output.ts';
import { reportFailure } from '../cli/report-failure.ts';
import { printSweepResult } from '../cli/sweep-result.ts';
import { describeAddresses } from './addresses.ts';
import { startConsolePart } from './console-part.ts';
import { writeEnvironment } from './environment-file.ts';
import { localFolder } from './folders.ts';
import { parseOptions, type LocalOptions } from './options.ts';
import { givenParts, startAndSweep, type Swept } from './start-and-sweep.ts';
import { StoppedWhileStarting, Supervisor } from './supervisor.ts';

const started = performance.now();
const options = parseOptions(process.argv);

/** What happens, with the seconds since the start; standard output is for the result. */
function log(line: string): void {
  process.stderr.write(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
}

try {
  process.exitCode = await main(options);
} catch (error) {
  process.exitCode = reportFailure(error);
}

async function main(wanted: LocalOptions): Promise<number> {
  const { once, json } = wanted;
  const folder = localFolder();
  const given = await givenParts(folder, wanted);
  const supervisor = await Supervisor.begin({ folder, log, stopWhenOrphaned: !once });
  stopWithReader(supervisor);
  if (supervisor.reclaimed.length > 0) log(`Ended what a killed run had left: ${supervisor.reclaimed.join(', ')}.`);
  try {
    const { surroundings, ...swept } = await startAndSweep(supervisor, folder, given, (there) => {
      writeEnvironment(folder, there.published);
      supervisor.publish(describeAddresses(there, folder));
    });
    if (once) await supervisor.stop();
    print(swept, json);
    if (once) return 0;
    const ours = surroundings.workersDatabaseUrl !== null;
    const { operatorAddress } = await supervisor.start('console', () =>
      startConsolePart({ env: process.env, folder, ours, log }),
    );
    const addresses = [`Console       ${operatorAddress}`, ...describeAddresses(surroundings, folder)];
    supervisor.publish(addresses);
    tell(addresses, surroundings.published);
    const reason = await supervisor.untilStopped();
    return 'part' in reason ? 1 : 0;
  } catch (error) {
    await supervisor.stop();
    // What failed because it was stopped from under somebody's hands is no failure of its own.
    const reason = await supervisor.untilStopped();
    if ('signal' in reason) return 0;
    if ('part' in reason && error instanceof StoppedWhileStarting) return 1;
    throw error;
  }
}

/** `| tee log` ends at the same Ctrl-C: an error of a stream that nobody reads must not end this process before its parts. */
function stopWithReader(supervisor: Supervisor): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The other end of a pipe, or the terminal, is gone.
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
      void supervisor.stop({ signal: 'SIGPIPE' });
    });
  }
}

function print({ result, failures }: Swept, json: boolean): void {
  if (json) printJson(result);
  else printSweepResult(result, failures);
}

function tell(addresses: readonly string[], published: Readonly<Record<string, string>>): void {
  const lines = [
    '',
    ...addresses,
    '',
    'Or, in place of that file:',
    ...Object.entries(published).map(([name, value]) => `  export ${name}=${value}`),
    '  npx scenario-push preview',
    '  npx scenario-push --help',
    '',
    'Ctrl-C stops everything; the data stays.',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}
