import { closeSync, createReadStream, ftruncateSync, fstatSync, mkdirSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { CodedError } from '../../domain/errors.ts';
import { openPrivate } from '../private-file.ts';
import type { AnswerName } from './answers.ts';

/** One POST of a message, as it was asked and as it was answered. */
export type LedgerEntry = {
  /** ISO 8601, when it arrived. */
  at: string;
  /** From 1, without gaps, over restarts as well. */
  seq: number;
  project: string;
  /** Empty where the message had none. */
  token: string;
  /** Absent: a registration token. */
  target?: 'fid';
  /** `data.notification_id`: the idempotency key. */
  notification_id: string | null;
  scenario_type?: string;
  analytics_label?: string;
  /** `data.link`. */
  link?: string;
  /** `webpush.fcm_options.link`. */
  web_link?: string;
  /** `android.notification.tag`. */
  tag: string | null;
  apns_collapse_id: string | null;
  web_tag: string | null;
  /** `android.ttl`, such as `86400s`. */
  ttl: string | null;
  title: string | null;
  body: string | null;
  /** A dry run: never delivered. */
  validate_only: boolean;
  answer: AnswerName;
  /** Whether a device would have shown it, whatever the sender was told. */
  delivered: boolean;
};

/**
 * Every POST, in the order of arrival, in memory or in a file of JSON lines that is only ever appended to. What was
 * appended survives a killed emulator (not a power failure: nothing is synced).
 */
export class Ledger {
  readonly #fd: number | null;
  readonly #file: string | undefined;
  readonly #kept: string[] = [];
  #waiting: { line: string; done: (error?: Error) => void }[] = [];
  #seq = 0;

  constructor(file?: string) {
    this.#file = file;
    if (file === undefined) {
      this.#fd = null;
      return;
    }
    mkdirSync(dirname(file), { recursive: true });
    this.#fd = openPrivate(file, 'a+');
    try {
      this.#seq = lastSeq(this.#fd);
    } catch (cause) {
      closeSync(this.#fd);
      throw new CodedError('E_LEDGER_UNREADABLE', `the last line of ${file} is no ledger entry`, {
        fix: 'move the file away',
        cause,
      });
    }
  }

  get size(): number {
    return this.#seq;
  }

  nextSeq(): number {
    return ++this.#seq;
  }

  /** Resolves when the line is with the operating system; one write for all of this turn of the event loop. */
  append(entry: LedgerEntry, done: (error?: Error) => void): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#write());
    this.#waiting.push({ line: `${JSON.stringify(entry)}\n`, done });
  }

  /** All lines so far as text. */
  stream(): Readable {
    this.#write();
    return this.#file === undefined ? Readable.from(this.#kept) : createReadStream(this.#file);
  }

  async entries(): Promise<LedgerEntry[]> {
    this.#write();
    if (this.#file === undefined) return this.#kept.map((line) => JSON.parse(line) as LedgerEntry);
    const found: LedgerEntry[] = [];
    for await (const line of createInterface({ input: createReadStream(this.#file), crlfDelay: Infinity })) {
      if (line !== '') found.push(JSON.parse(line) as LedgerEntry);
    }
    return found;
  }

  close(): void {
    this.#write();
    if (this.#fd !== null) closeSync(this.#fd);
  }

  #write(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    let failure: Error | undefined;
    try {
      if (this.#fd === null) for (const { line } of batch) this.#kept.push(line);
      else writeAll(this.#fd, Buffer.from(batch.map(({ line }) => line).join('')));
    } catch (error) {
      failure = error as Error;
    }
    for (const { done } of batch) done(failure);
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/** The number of the last whole line; half a line of a killed process is cut off: its answer never went out. */
function lastSeq(fd: number): number {
  const { size } = fstatSync(fd);
  let text = Buffer.alloc(0);
  for (let start = size; start > 0;) {
    const length = Math.min(65_536, start);
    start -= length;
    const piece = Buffer.alloc(length);
    readSync(fd, piece, 0, length, start);
    text = Buffer.concat([piece, text]);
    const end = text.lastIndexOf(10);
    const begin = end <= 0 ? -1 : text.lastIndexOf(10, end - 1);
    if (end >= 0 && (begin >= 0 || start === 0)) {
      if (start + end + 1 < size) ftruncateSync(fd, start + end + 1);
      return (JSON.parse(text.subarray(begin + 1, end).toString('utf8')) as LedgerEntry).seq;
    }
  }
  if (size > 0) ftruncateSync(fd, 0);
  return 0;
}
