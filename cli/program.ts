import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { heldCommand } from './commands/held.ts';
import { migrateCommand } from './commands/migrate.ts';
import { notifyCommand } from './commands/notify.ts';
import { previewCommand } from './commands/preview.ts';
import { runsCommand } from './commands/runs.ts';
import { schedulesCommand } from './commands/schedules.ts';
import { sweepCommand } from './commands/sweep.ts';
import { workerCommand } from './commands/worker.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** The command line: one file a command. Misuse throws instead of ending the process. */
export function program(): Command {
  const root = new Command('scenario-push')
    .description('Tells volunteer peer mentors the right thing at the right time, and never twice.')
    .version(version)
    .showHelpAfterError('(add --help for what it takes)');
  for (const command of [
    migrateCommand(),
    workerCommand(),
    schedulesCommand(),
    sweepCommand(),
    previewCommand(),
    explainCommand(),
    notifyCommand(),
    heldCommand(),
    runsCommand(),
    doctorCommand(),
  ]) {
    root.addCommand(command);
  }
  for (const command of withSubcommands(root)) command.exitOverride();
  return root.addHelpText(
    'after',
    `
Environment: DATABASE_URL; TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY; GOOGLE_APPLICATION_CREDENTIALS and
FIREBASE_PROJECT_ID, or FIREBASE_MESSAGING_EMULATOR_HOST.
Exit code: 0 done, 1 failed, 2 misused.`,
  );
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
