import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import {
  decideHeld,
  decideHeldInBulk,
  findClaims,
  pageOfHeld,
  type Decision,
  type FoundClaim,
  type HeldNotification,
  type WhichHeld,
} from '../../db/held.ts';
import { isDecisionNote, LONGEST_DECISION_NOTE } from '../../domain/decision-note.ts';
import { CodedError, UsageError } from '../../domain/errors.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { examples } from '../examples.ts';
import { jsonOption, parseInstant, parseWhole, someScenariosOption } from '../options.ts';
import { shortTime } from '../local-time.ts';
import { printJson, printLine } from '../output.ts';
import { paint } from '../paint.ts';
import { printFields } from '../table.ts';
import { withDatabase } from '../with-database.ts';

const SHORTEST_PREFIX = 8;
const PREFIX = /^[0-9a-f]{8,64}$/;
/** Tells a million apart; "settle" and "release" take it. */
const SHOWN = 12;

interface FilterOptions {
  scenario?: ScenarioType[];
  since?: Date;
}

interface DecideOptions extends FilterOptions {
  all?: true;
  note?: string;
  json: boolean;
}

const DECISIONS = [
  { decision: 'settle', done: 'settled', about: 'it arrived: the record becomes sent' },
  {
    decision: 'release',
    done: 'released',
    about: 'it did not arrive: the record goes, and the next evaluation may send it',
  },
] as const;

export function heldCommand(): Command {
  const command = new Command('held')
    .description('notifications of unknown outcome that are not tried again')
    .addHelpText('after', examples('held list', 'held settle 6f7566474b8a', 'held release --scenario inactivity'));
  command.addCommand(listCommand());
  for (const each of DECISIONS) command.addCommand(decideCommand(each));
  return command;
}

function listCommand(): Command {
  return new Command('list')
    .description('list them with what became of their attempts, the oldest first')
    .addOption(someScenariosOption('of these scenario types'))
    .addOption(sinceOption())
    .option('--limit <n>', 'how many', parseWhole(1), 100)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'held list',
        'held list --scenario milestone --since 2026-11-20T09:00:00Z',
        'held list --limit 500 --json',
      ),
    )
    .action(async ({ limit, json, ...filter }: FilterOptions & { limit: number; json: boolean }) => {
      const { held, total } = await withDatabase(({ db }) => pageOfHeld(db, limit, whichOf(filter)));
      if (json) return held.forEach(printJson);
      if (held.length === 0) return printLine('nothing is held');
      for (const each of held) printHeld(each);
      if (total > held.length) printLine(`and ${total - held.length} more: --limit`);
    });
}

function printHeld(held: HeldNotification): void {
  const { idempotency_key, user_id, scenario_type, occurrence, held_at, attempts, last_attempt_at } = held;
  const tries = `${attempts}${last_attempt_at ? `, the last at ${shortTime(last_attempt_at)}` : ''}`;
  printLine(`${paint('bold', idempotency_key.slice(0, SHOWN))}  ${scenario_type}, held since ${shortTime(held_at)}`);
  printFields(
    [
      ['mentor', user_id],
      ...(occurrence === '' ? [] : ([['occurrence', occurrence]] as const)),
      ['attempts', tries],
      ['why', whyHeld(held)],
    ],
    SHOWN + 2,
  );
}

function whyHeld({ error_codes, on_unknown }: HeldNotification): string {
  return [...error_codes, ...(on_unknown === 'hold' ? ['the rule says hold'] : [])].join(', ');
}

function decideCommand({ decision, done, about }: (typeof DECISIONS)[number]): Command {
  return new Command(decision)
    .description(about)
    .addArgument(
      new Argument(
        '[keys...]',
        `idempotency keys as "held list" shows them, or their first ${SHORTEST_PREFIX} digits or more`,
      ).argParser(parseKeys),
    )
    .addOption(someScenariosOption('all that are held of these scenario types'))
    .addOption(sinceOption())
    .addOption(new Option('--all', 'all that are held').conflicts(['scenario', 'since']))
    .option('--note <text>', 'why; kept with the notifications, and shown in the console', parseNote)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        `held ${decision} 6f7566474b8a`,
        `held ${decision} --scenario inactivity --since 2026-11-20T09:00:00Z`,
        `held ${decision} --all`,
      ),
    )
    .action(async (keys: string[], options: DecideOptions) => {
      const { all, json, note = null, ...filter } = options;
      const isBulk = all || filter.scenario !== undefined || filter.since !== undefined;
      if (keys.length > 0 === isBulk) {
        throw new UsageError(
          'E_WHICH_HELD',
          `held ${decision}: expected keys, or else --scenario, --since or --all${isBulk ? ', not both' : ''}`,
          { fix: '"scenario-push held list" shows what is held' },
        );
      }
      const how = { decision, done, note, json };
      await (isBulk ? decideBulk(how, whichOf(filter)) : decideKeys(how, keys));
    });
}

interface How {
  readonly decision: Decision;
  readonly done: string;
  readonly note: string | null;
  readonly json: boolean;
}

async function decideBulk({ decision, done, note, json }: How, which: WhichHeld): Promise<void> {
  const { decided, left } = await withDatabase(async ({ db }) => {
    const now = new Date();
    return {
      decided: await decideHeldInBulk(db, decision, which, now, note),
      left: (await pageOfHeld(db, 1, which)).total,
    };
  });
  if (json) return decided.forEach((each) => printJson({ idempotency_key: each.idempotency_key, status: done }));
  if (decided.length === 0) printLine(`nothing of it is held; nothing changed`);
  else printLine(`${done} ${decided.length}: ${byType(decided)}`);
  if (left > 0)
    printLine(`${left} ${left === 1 ? 'is' : 'are'} still held: they are known to have arrived, or came since`);
}

async function decideKeys({ decision, done, note, json }: How, prefixes: readonly string[]): Promise<void> {
  const { decided, others } = await withDatabase(async ({ db }) => {
    const found = await findClaims(db, prefixes);
    const held = prefixes.flatMap((prefix) => onlyHeld(prefix, found));
    const keys = await decideHeld(db, decision, [...new Set(held)], new Date(), note);
    // Of those that are left, what became of them meanwhile.
    const remaining = prefixes.filter((prefix) => !keys.some((key) => key.startsWith(prefix)));
    return { decided: keys, others: remaining.map((prefix) => whyNot(prefix, found)) };
  });
  for (const key of decided) {
    if (json) printJson({ idempotency_key: key, status: done });
    else printLine(`${done} ${key}`);
  }
  if (others.length > 0) {
    throw new CodedError('E_NOT_HELD', `left alone: ${others.join('; ')}`, {
      fix: '"scenario-push held list" shows what is held',
    });
  }
}

/** Nothing, or the one that is meant. Throws E_KEY_AMBIGUOUS. */
function onlyHeld(prefix: string, found: readonly FoundClaim[]): string[] {
  const held = found.filter((claim) => claim.prefix === prefix && claim.state === 'held');
  if (held.length > 1) {
    const candidates = held.map((c) => `  ${c.idempotency_key} ${c.scenario_type} ${c.occurrence} of ${c.user_id}`);
    throw new UsageError(
      'E_KEY_AMBIGUOUS',
      `${prefix} begins several keys, nothing changed:\n${candidates.join('\n')}`,
      {
        fix: 'type more of it',
      },
    );
  }
  return held.map((claim) => claim.idempotency_key);
}

function whyNot(prefix: string, found: readonly FoundClaim[]): string {
  const claim = found.find((each) => each.prefix === prefix);
  return `${prefix} ${claim ? whatBecameOf(claim) : 'is the key of no notification'}`;
}

function whatBecameOf({ state, release_reason, settled_at }: FoundClaim): string {
  const at = settled_at?.toISOString() ?? '';
  switch (state) {
    case 'sent':
      return `is settled since ${at}: its record says sent`;
    case 'released':
      return release_reason === 'operator' ? `was released at ${at}` : `was given up at ${at} (${release_reason})`;
    case 'held':
      return 'is known to have arrived: settle it, or somebody else has decided it just now';
    default:
      return 'is not held: it is still being sent';
  }
}

function byType(decided: readonly { readonly scenario_type: ScenarioType }[]): string {
  const counts = new Map<ScenarioType, number>();
  for (const { scenario_type } of decided) counts.set(scenario_type, (counts.get(scenario_type) ?? 0) + 1);
  return [...counts].map(([type, n]) => `${n} ${type}`).join(', ');
}

function whichOf({ scenario, since }: FilterOptions): WhichHeld {
  return { scenarioTypes: scenario ?? null, since: since ?? null, until: null };
}

function sinceOption(): Option {
  return new Option('--since <instant>', 'held at or after this instant, ISO 8601 with a zone').argParser(parseInstant);
}

function parseNote(text: string): string {
  const note = text.trim();
  if (!isDecisionNote(note))
    throw new InvalidArgumentError(
      `expected one line of 1 to ${LONGEST_DECISION_NOTE} characters, got ${note.length}.`,
    );
  return note;
}

function parseKeys(text: string, previous: string[] | undefined): string[] {
  const key = text.trim().toLowerCase();
  if (!PREFIX.test(key)) {
    throw new InvalidArgumentError(
      `expected an idempotency key, 64 hex digits, or its first ${SHORTEST_PREFIX} or more, got "${text}".`,
    );
  }
  return [...(previous ?? []), key];
}
