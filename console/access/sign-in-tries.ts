import { createHash } from 'node:crypto';
import { MINUTE } from '../../domain/durations.ts';
import { CodedError } from '../../domain/errors.ts';

export const MOST_TRIES = 5;
export const TRIES_WITHIN = 5 * MINUTE;
export const MOST_AT_ONCE = 10;

/** How often somebody may try to sign in: Supabase sees one address for all who come through the console. */
export class SignInTries {
  readonly #clock: () => Date;
  /** By a digest of the e-mail address, who tried last at the end. */
  readonly #tries = new Map<string, number[]>();
  #atOnce = 0;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  /** Throws E_SIGN_IN_TOO_OFTEN, without asking. */
  async try<T>(email: string, ask: () => Promise<T>): Promise<T> {
    if (this.#atOnce >= MOST_AT_ONCE) throw tooOften();
    this.#count(email);
    this.#atOnce++;
    try {
      return await ask();
    } finally {
      this.#atOnce--;
    }
  }

  #count(email: string): void {
    const now = this.#clock().getTime();
    const isOver = (at: number) => now - at >= TRIES_WITHIN;
    for (const [each, tries] of this.#tries) {
      if (!isOver(tries.at(-1)!)) break;
      this.#tries.delete(each);
    }
    const key = createHash('sha256').update(email.trim().toLowerCase()).digest('base64');
    const recent = (this.#tries.get(key) ?? []).filter((at) => !isOver(at));
    if (recent.length >= MOST_TRIES) throw tooOften();
    this.#tries.delete(key);
    this.#tries.set(key, [...recent, now]);
  }
}

export function tooOften(): CodedError {
  return new CodedError('E_SIGN_IN_TOO_OFTEN', 'too many tries to sign in', { fix: 'wait five minutes' });
}
