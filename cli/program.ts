import { readFileSync } from 'node:fs';
import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { codecServerCommand } from './commands/codec-server.ts';
import { consoleCommand } from './commands/console.ts';
import { doctorCommand } from './commands/doctor.ts';
import { effectCommand } from './commands/effect.ts';
import { explainCommand } from './commands/explain.ts';
import { haltCommand } from './commands/halt.ts';
import { heldCommand } from './commands/held.ts';
import { messagesCommand } from './commands/messages.ts';
import { migrateCommand } from './commands/migrate.ts';
import { notifyCommand } from './commands/notify.ts';
import { personCommand } from './commands/person.ts';
import { previewCommand } from './commands/preview.ts';
import { pruneCommand } from './commands/prune.ts';
import { recallCommand } from './commands/recall.ts';
import { runsCommand } from './commands/runs.ts';
import { schedulesCommand } from './commands/schedules.ts';
import { sweepCommand } from './commands/sweep.ts';
import { workerCommand } from './commands/worker.ts';
import { paint } from './paint.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The command line: one file a command. Misuse throws instead of ending the process. */
export function program(): Command {
  const root = new Command('scenario-push')
    .description('Tells volunteer peer mentors the right thing at the right time, and never twice.')
    .version(version)
    // "sweep" has options and sub-commands: what follows a sub-command is the sub-command's.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for what it takes)')
    .configureHelp({ styleTitle: (text) => paint('bold', text) })
    .configureOutput({ outputError: (text, write) => write(paint('red', text, process.stderr)) })
    .exitOverride();
  for (const command of [
    migrateCommand(),
    workerCommand(),
    schedulesCommand(),
    sweepCommand(),
    previewCommand(),
    explainCommand(),
    messagesCommand(),
    notifyCommand(),
    haltCommand(),
    recallCommand(),
    heldCommand(),
    runsCommand(),
    effectCommand(),
    personCommand(),
    pruneCommand(),
    doctorCommand(),
    consoleCommand(),
    codecServerCommand(),
  ]) {
    root.addCommand(command);
  }
  addCompletion(root);
  for (const command of withSubcommands(root)) command.copyInheritedSettings(root);
  return root.addHelpText(
    'after',
    `
Environment: DATABASE_URL; TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY; GOOGLE_APPLICATION_CREDENTIALS and
FIREBASE_PROJECT_ID, or FIREBASE_MESSAGING_EMULATOR_HOST.
Exit code: 0 done, 1 failed, 2 misused.`,
  );
}

/** `completion <shell>` prints a script, which asks a hidden `complete` at each press of the key. */
function addCompletion(root: Command): void {
  tab(root, { completionCommandName: 'completion' });
  root.commands
    .find((command) => command.name() === 'completion')!
    .description('print a script that completes commands, options and scenario types in a shell')
    .addHelpText(
      'after',
      `
Examples:
  $ source <(scenario-push completion bash)
  $ scenario-push completion zsh > "\${fpath[1]}/_scenario-push"
  $ scenario-push completion fish > ~/.config/fish/completions/scenario-push.fish

The script calls scenario-push, which has to be on PATH: node_modules/.bin of the project holds it. In bash it needs the
package bash-completion.`,
    );
}

function withSubcommands(command: Command): Command[] {
  return command.commands.flatMap((sub) => [sub, ...withSubcommands(sub)]);
}
