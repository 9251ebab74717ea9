#!/usr/bin/env node
import { CommanderError } from 'commander';
import { program } from './program.ts';
import { reportFailure } from './report-failure.ts';

const DONE = 0;
const MISUSED = 2;

// Whoever reads may have seen enough (`| head`): no failure, and nothing more to say.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(DONE);
});

try {
  await program().parseAsync(process.argv);
} catch (error) {
  // Commander has told its own; help and version are no failures.
  process.exitCode = error instanceof CommanderError ? (error.exitCode === DONE ? DONE : MISUSED) : reportFailure(error);
}
