#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { CommanderError } from 'commander';
import { reportFailure } from './report-failure.ts';

const DONE = 0;
const MISUSED = 2;

// Whoever reads may have seen enough (`| head`): no failure, and nothing more to say.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(DONE);
  });
}

// Halves the time until the first word, from the second call on: a shell that completes asks at every press of Tab.
enableCompileCache();

try {
  const { program } = await import('./program.ts');
  await program().parseAsync(process.argv);
} catch (error) {
  // Commander has told its own; help and version are no failures.
  process.exitCode = error instanceof CommanderError ? (error.exitCode === DONE ? DONE : MISUSED) : reportFailure(error);
}
