import type { Logger } from 'pino';
import type { AttemptToSend } from '../db/attempts.ts';

const MOST_KNOWN = 1_000;

/** Says of a rule's text that it cannot be sent, once a process and not once a message: there are thousands a second. */
export class TextFaultLog {
  readonly #log: Logger;
  readonly #known = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Neither text nor values are logged; `explain` and `messages --rule` show them. */
  note({ scenario_type, locale, messages, idempotency_key }: AttemptToSend, fault: string): void {
    const key = JSON.stringify([scenario_type, locale, messages, fault]);
    if (this.#known.has(key)) return;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.add(key);
    this.#log.warn(
      { scenario_type, locale, fault, notification: idempotency_key },
      "a rule's own text cannot be formatted: the text of this build is sent instead",
    );
  }
}
