import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { RulePreview } from '../../../answers/rule-preview.ts';
import { backendOf, cancelStatementOf } from '../../../db/backend.ts';
import { inSnapshot } from '../../../db/preview.ts';
import type { Database } from '../../../db/tables.ts';
import { MINUTE, SECOND } from '../../../domain/durations.ts';
import { asReader } from '../../as-reader.ts';
import type { Reader } from '../../reader.ts';
import type { ConsoleServices } from '../../services.ts';
import type { Values } from './rule-form.ts';

/** At a million mentors one takes half a minute of the database. */
const MOST_AT_ONCE = 2;
const LONGEST = 10 * MINUTE;
/** A page that nobody looks at any more asks no more: it was closed. */
const ABANDONED_AFTER = 30 * SECOND;
const KEPT_FOR = 60 * MINUTE;
const MOST_KEPT = 200;

export interface PreviewJob {
  readonly id: string;
  readonly owner: string;
  /** What was typed, for the form beside the answer. */
  readonly values: Values;
  readonly asOf: Date;
  /** Of a rule that is to be deleted. */
  readonly deletes: boolean;
  readonly began: number;
  seen: number;
  state: 'running' | 'done' | 'given up' | 'too long' | 'failed';
  done: number;
  total: number;
  result: RulePreview | null;
}

export type Report = (done: number, total: number) => void;
export type Work = (tx: Transaction<Database>, report: Report) => Promise<RulePreview>;

/** The comparisons that this process runs or has run: few at once, each of its reader alone, and none that nobody awaits. */
export class RulePreviews {
  readonly #services: ConsoleServices;
  readonly #jobs = new Map<string, PreviewJob>();
  readonly #cancels = new Map<string, () => void>();
  readonly #ends = new Map<string, Promise<void>>();

  constructor(services: ConsoleServices) {
    this.#services = services;
  }

  /** Null: as many are running as may. Waits a moment, for most are done at once. */
  async start(
    reader: Reader,
    about: Pick<PreviewJob, 'values' | 'asOf' | 'deletes'>,
    work: Work,
    patience: number = SECOND,
  ): Promise<PreviewJob | null> {
    this.#forgetOld();
    if (reader.kind === 'person') await this.#endOthersOf(reader.id);
    if (this.#cancels.size >= MOST_AT_ONCE) return null;
    const now = performance.now();
    const job: PreviewJob = {
      ...about,
      id: randomBytes(16).toString('base64url'),
      owner: ownerOf(reader),
      began: now,
      seen: now,
      state: 'running',
      done: 0,
      total: 0,
      result: null,
    };
    this.#jobs.set(job.id, job);
    const ended = this.#run(job, reader, work);
    this.#ends.set(job.id, ended);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, patience)))]);
    clearTimeout(timer);
    return job;
  }

  /** Null: there is none, or it is somebody else's. */
  find(id: string, reader: Reader): PreviewJob | null {
    const job = this.#jobs.get(id);
    if (!job || job.owner !== ownerOf(reader)) return null;
    job.seen = performance.now();
    return job;
  }

  giveUp(job: PreviewJob): void {
    this.#end(job, 'given up');
  }

  #end(job: PreviewJob, state: 'given up' | 'too long'): void {
    if (job.state !== 'running') return;
    job.state = state;
    this.#cancels.get(job.id)?.();
  }

  async #run(job: PreviewJob, reader: Reader, work: Work): Promise<void> {
    const { db, log } = this.#services;
    let canceled: Promise<unknown> | null = null;
    let backend: number | null = null;
    // The connection is not let go of before the order has reached it: it would end somebody else's statement.
    const cancel = () => {
      if (backend !== null) canceled = cancelStatementOf(db, backend).catch(() => {});
    };
    this.#cancels.set(job.id, cancel);
    const watch = setInterval(() => {
      const now = performance.now();
      if (now - job.began > LONGEST) this.#end(job, 'too long');
      else if (now - job.seen > ABANDONED_AFTER) this.#end(job, 'given up');
    }, SECOND);
    watch.unref();
    const report: Report = (done, total) => {
      Object.assign(job, { done, total });
      if (job.state !== 'running') throw new Error('given up');
    };
    try {
      job.result = await inSnapshot(db, async (tx) => {
        backend = await backendOf(tx);
        try {
          return await asReader(tx, reader, (own) => work(own, report));
        } finally {
          await canceled;
          backend = null;
        }
      });
      if (job.state === 'running') job.state = 'done';
    } catch (error) {
      if (job.state === 'running') {
        job.state = 'failed';
        log.error({ err: error }, 'a preview of a rule failed');
      }
    } finally {
      clearInterval(watch);
      this.#cancels.delete(job.id);
      this.#ends.delete(job.id);
    }
  }

  /** Whoever asks anew no longer awaits the answer before. */
  async #endOthersOf(owner: string): Promise<void> {
    for (const [id, ended] of this.#ends) {
      const job = this.#jobs.get(id);
      if (job?.owner !== owner) continue;
      this.giveUp(job);
      await ended;
    }
  }

  #forgetOld(): void {
    const now = performance.now();
    for (const [id, job] of this.#jobs) {
      const isOld = now - job.seen > KEPT_FOR || this.#jobs.size >= MOST_KEPT;
      if (job.state !== 'running' && isOld) this.#jobs.delete(id);
    }
  }
}

function ownerOf(reader: Reader): string {
  return reader.kind === 'operator' ? 'operator' : reader.id;
}
