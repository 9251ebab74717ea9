import { Command } from 'commander';

export interface LocalOptions {
  /** Stop after the sweep. */
  readonly once: boolean;
  /** Print the result as one line of JSON; everything else goes to standard error. */
  readonly json: boolean;
  /** Migrate, sweep and schedule also where DATABASE_URL names a database with users. */
  readonly useEnvironment: boolean;
}

export function parseOptions(argv: readonly string[]): LocalOptions {
  return (
    new Command('npm start --')
      .description('Runs the whole service on this machine and sweeps once, with sample data.')
      .option('--once', 'stop after the sweep', false)
      .option('--json', 'print the result of the sweep as one line of JSON', false)
      .option(
        '--use-environment',
        'use a database with users that DATABASE_URL names: migrate it, apply Schedules that run, notify its mentors',
        false,
      )
      .addHelpText(
        'after',
        `
DATABASE_URL, TEMPORAL_ADDRESS (or TEMPORAL_PROFILE) and FIREBASE_MESSAGING_EMULATOR_HOST (or
GOOGLE_APPLICATION_CREDENTIALS) each replace the part of that kind that would be started here. A database that is named
never gets sample data. One that has users is not touched without --use-environment, and never with an emulator.`,
      )
      // As the command line: 0 for help, 2 for misuse.
      .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
      .parse(argv)
      .opts<LocalOptions>()
  );
}
