import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { paint } from './paint.ts';
import { printLine } from './output.ts';

/** Where standard output is no terminal, and what every table fits in. */
const NARROWEST = 80;
const GAP = 2;
/** A column of text is made no narrower to make room for others. */
const LEAST = 8;

type Cell = string | number;

/** Lines are what separates columns on paper; here blanks do, and take a third of the room. */
const BLANKS = Object.fromEntries(
  ['top', 'bottom', 'mid', 'left', 'right'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((part) => [`${side}${part}`, '']),
  ),
);

export function terminalWidth(out: { readonly isTTY?: boolean; readonly columns?: number } = process.stdout): number {
  return out.isTTY && out.columns ? out.columns : NARROWEST;
}

/** A table for people, as wide as the terminal at most: numbers to the right, and text that is too long on several lines. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  width: number = terminalWidth(),
): void {
  printLine(drawTable(head, rows, width));
}

/** What belongs to one thing: a label a line, and beside it a text that may take several. */
export function printFields(fields: readonly (readonly [label: string, text: string])[], indent = 0): void {
  if (fields.length > 0) printLine(drawTable([], fields, terminalWidth(), indent));
}

/** `head` empty: none. `indent` blanks stand before each line. */
export function drawTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  width: number,
  indent = 0,
): string {
  const columns = Math.max(head.length, ...rows.map((row) => row.length));
  const isNumbers = (i: number) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number');
  const natural = Array.from({ length: columns }, (_, i) =>
    Math.max(1, ...[head, ...rows].map((row) => widest(String(row[i] ?? '')))),
  );
  const widths = fitted(natural, width - indent - GAP * (columns - 1));
  const table = new Table({
    head: head.map((title) => paint('bold', title)),
    chars: { ...BLANKS, middle: ' '.repeat(GAP) },
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colWidths: widths,
    colAligns: natural.map((_, i) => (isNumbers(i) ? 'right' : 'left')),
    wordWrap: true,
  });
  table.push(...rows.map((row) => row.map((cell, i) => whole(String(cell), widths[i]!))));
  const lines = table.toString().split('\n');
  return lines.map((line) => `${' '.repeat(indent)}${line}`.trimEnd()).join('\n');
}

/** A word that is longer than its column would be cut off: such a text is broken wherever a line is full. */
function whole(content: string, width: number): { content: string; wrapOnWordBoundary: boolean } {
  return { content, wrapOnWordBoundary: content.split(/\s+/).every((word) => widest(word) <= width) };
}

function widest(text: string): number {
  return Math.max(...text.split('\n').map((line) => Array.from(stripVTControlCharacters(line)).length));
}

/** Takes from the widest column until all fit. */
function fitted(natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  for (let over = widths.reduce((sum, n) => sum + n, 0) - room; over > 0; over--) {
    const most = Math.max(...widths);
    if (most <= LEAST) break;
    widths[widths.indexOf(most)] = most - 1;
  }
  return widths;
}
