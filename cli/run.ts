import { CommanderError } from 'commander';
import { program } from './program.ts';
import { reportFailure } from './report-failure.ts';

const DONE = 0;
const MISUSED = 2;

/** Runs a command line, `['node', 'scenario-push', ...]`; the exit code, undefined where the command has set it or is done. */
export async function run(argv: readonly string[]): Promise<number | undefined> {
  try {
    await program().parseAsync(argv);
    return undefined;
  } catch (error) {
    // Commander has told its own; help and version are no failures.
    if (error instanceof CommanderError) return error.exitCode === DONE ? DONE : MISUSED;
    return reportFailure(error);
  }
}
