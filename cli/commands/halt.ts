import { Command, InvalidArgumentError, Option } from 'commander';
import { currentHalt, endHalt, startHalt, type Halt } from '../../db/halts.ts';
import { countWaiting } from '../../db/sending-state.ts';
import { HALT_NOTE_EXPECTED, isHaltNote } from '../../domain/halt-note.ts';
import { examples } from '../examples.ts';
import { localTime } from '../local-time.ts';
import { jsonOption } from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { describeHalt } from '../sending-notice.ts';
import { withDatabase } from '../with-database.ts';

interface HaltOptions {
  note?: string | undefined;
  end?: true | undefined;
  status?: true;
  json: boolean;
}

interface Outcome {
  readonly change: 'halted' | 'ended' | 'unchanged';
  /** In force; where it has just ended, the one that was. */
  readonly halt: Halt | null;
  readonly waiting: number;
}

export function haltCommand(): Command {
  return new Command('halt')
    .description(
      'stop all sending of this database, in every worker, until it is ended; evaluation goes on and claims wait',
    )
    .addOption(
      new Option('--note <text>', 'halt, and say why: whoever meets the halt reads it')
        .argParser(parseNote)
        .conflicts(['end', 'status']),
    )
    .addOption(
      new Option('--end', 'end the halt; what has waited is looked at again before it is sent').conflicts('status'),
    )
    .option('--status', 'show whether sending is halted, as without any option')
    .addOption(jsonOption())
    .addHelpText('after', examples('halt --note "the milestone text names the wrong year"', 'halt', 'halt --end'))
    .action(async ({ note, end, json }: HaltOptions) => {
      const outcome = await withDatabase(async ({ db }): Promise<Outcome> => {
        const now = new Date();
        const started = note === undefined ? null : await startHalt(db, note, now);
        const ended = end ? await endHalt(db, now) : null;
        return {
          change: started ? 'halted' : ended ? 'ended' : 'unchanged',
          halt: ended ?? started ?? (await currentHalt(db)),
          waiting: await countWaiting(db),
        };
      });
      if (json) printJson(asJson(outcome));
      else printLine(describe(outcome, { note, end }));
    });
}

function parseNote(text: string): string {
  const note = text.trim();
  if (!isHaltNote(note)) throw new InvalidArgumentError(`${HALT_NOTE_EXPECTED}.`);
  return note;
}

function asJson({ change, halt, waiting }: Outcome) {
  return {
    halted: halt !== null && change !== 'ended',
    note: halt?.note ?? null,
    since: halt?.started_at.toISOString() ?? null,
    change,
    waiting,
  };
}

function describe({ change, halt, waiting }: Outcome, { note, end }: Pick<HaltOptions, 'note' | 'end'>): string {
  const wait = `${waiting} ${waiting === 1 ? 'notification waits' : 'notifications wait'}`;
  if (change === 'halted') {
    return `halted: every worker stops sending within two seconds; ${wait}\n"scenario-push recall" withdraws what has not left, "scenario-push halt --end" ends the halt`;
  }
  if (change === 'ended') {
    return `ended: sending goes on within half a minute; ${wait} (halted since ${localTime(halt!.started_at)}: "${halt!.note}")`;
  }
  if (!halt) return end ? 'sending was not halted; nothing changed' : `sending is not halted; ${wait} to be sent`;
  return note === undefined
    ? `${describeHalt(halt)}; ${wait}`
    : `${describeHalt(halt)}; ${wait}\nthat halt stays, with its note; nothing changed`;
}
