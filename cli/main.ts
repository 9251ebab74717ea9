#!/usr/bin/env node
import { CommanderError } from 'commander';
import { program } from './program.ts';
import { reportFailure } from './report-failure.ts';

const DONE = 0;
const MISUSED = 2;

try {
  await program().parseAsync(process.argv);
} catch (error) {
  // Commander has told its own; help and version are no failures.
  process.exitCode = error instanceof CommanderError ? (error.exitCode === DONE ? DONE : MISUSED) : reportFailure(error);
}
