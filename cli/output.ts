import Table from 'cli-table3';
import type { SweepResult } from '../domain/sweep.ts';
import { paint } from './paint.ts';

/** One JSON value on a line of its own. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** As {@link printLine}, for very many: waits where whoever reads is slower than the database. */
export function writeLine(text: string): Promise<void> | void {
  if (process.stdout.write(`${text}\n`)) return undefined;
  return new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** Text that others wrote, without what would end the line or steer the terminal. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

/** A table for people; numbers to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const table = new Table({
    head: head.map((title) => paint('bold', title)),
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, i) =>
      rows.length > 0 && rows.every((row) => typeof row[i] === 'number') ? 'right' : 'left',
    ),
  });
  table.push(...rows.map((row) => row.map(String)));
  printLine(table.toString());
}

export function printSweepResult(result: SweepResult): void {
  printLine(`as of ${result.as_of}`);
  printTable(
    [
      'scenario',
      'mentors',
      'misconfigured',
      'candidates',
      'suppressed',
      'claimed',
      'sent',
      'failed',
      'unknown',
      'deferred',
      'withdrawn',
    ],
    Object.entries(result.scenarios).map(([type, c]) => [
      type,
      c.mentors_evaluated,
      c.mentors_misconfigured,
      c.candidates,
      reasons(c.suppressed),
      c.claimed,
      c.sent,
      c.failed,
      c.unknown,
      c.deferred,
      c.withdrawn,
    ]),
  );
}

export function reasons(suppressed: Readonly<Record<string, number | undefined>>): string {
  const texts = Object.entries(suppressed).map(([reason, n]) => `${n} ${reason}`);
  return texts.length > 0 ? texts.join(', ') : '0';
}
