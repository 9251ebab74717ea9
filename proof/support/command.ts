import { CommanderError, type Command } from 'commander';
import { reportFailure } from '../../cli/report-failure.ts';
import { SECOND } from '../../domain/durations.ts';

/** What happens, with the seconds since the start; standard output is for the results. */
export function log(line: string): void {
  process.stderr.write(`${(performance.now() / SECOND).toFixed(1).padStart(7)} s  ${line}\n`);
}

/** Parses the command line and does the work. Exit code: 2 for misuse, 1 where something was thrown, else the work's own. */
export async function runCommand(command: Command, work: () => Promise<void>): Promise<void> {
  try {
    command.exitOverride().parse();
    await work();
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportFailure(error);
  }
}
