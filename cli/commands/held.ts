import { Command, InvalidArgumentError } from 'commander';
import { decideHeld, listHeld } from '../../db/held.ts';
import { UsageError } from '../../domain/errors.ts';
import { examples } from '../examples.ts';
import { jsonOption, parseWhole } from '../options.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { withDatabase } from '../with-database.ts';

const KEY = /^[0-9a-f]{64}$/;

export function heldCommand(): Command {
  const command = new Command('held')
    .description('notifications of unknown outcome that are not tried again')
    .addHelpText('after', examples('held list'));

  command
    .command('list')
    .description('list them, the oldest first')
    .option('--limit <n>', 'how many', parseWhole(1), 100)
    .addOption(jsonOption())
    .addHelpText('after', examples('held list', 'held list --limit 500 --json'))
    .action(async ({ limit, json }: { limit: number; json: boolean }) => {
      const held = await withDatabase(({ db }) => listHeld(db, limit));
      if (json) return held.forEach(printJson);
      if (held.length === 0) return printLine('nothing is held');
      printTable(
        ['key', 'mentor', 'scenario', 'occurrence', 'held since', 'attempts', 'codes'],
        held.map((h) => [
          h.idempotency_key,
          h.user_id,
          h.scenario_type,
          h.occurrence,
          h.held_at.toISOString(),
          h.attempts,
          h.error_codes.join(', '),
        ]),
      );
    });

  for (const [decision, about] of [
    ['settle', 'it arrived: the record becomes sent'],
    ['release', 'it did not arrive: the record goes, and the next evaluation may send it'],
  ] as const) {
    command
      .command(decision)
      .description(about)
      .argument('<keys...>', 'idempotency keys, as "held list" shows them', parseKeys)
      .addOption(jsonOption())
      .addHelpText(
        'after',
        examples(`held ${decision} 6f7566474b8af1f70cf9b20a52bd9864f0b0b0e4cc80fe5b814c7f949d04596d`),
      )
      .action(async (keys: string[], { json }: { json: boolean }) => {
        const decided = await withDatabase(({ db }) => decideHeld(db, decision, keys, new Date()));
        const others = keys.filter((key) => !decided.includes(key));
        for (const key of decided) {
          if (json) printJson({ idempotency_key: key, status: `${decision}d` });
          else printLine(`${decision}d ${key}`);
        }
        if (others.length > 0) {
          throw new UsageError('E_NOT_HELD', `not held, left alone: ${others.join(', ')}`, {
            fix: '"scenario-push held list" shows what is',
          });
        }
      });
  }
  return command;
}

function parseKeys(text: string, previous: string[] = []): string[] {
  if (!KEY.test(text)) throw new InvalidArgumentError(`expected an idempotency key, 64 hex digits, got "${text}".`);
  return [...previous, text];
}
