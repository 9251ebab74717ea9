import { createHash } from 'node:crypto';
import { answers, faultOfAnswer, type Answer, type AnswerName, type FullAnswer, fullAnswer } from './answers.ts';

/** Shares of messages, 0 to 1 and together at most 1; the rest is accepted. */
export type FaultRates = Partial<Record<AnswerName, number>>;

export type Faults = {
  seed: number | string;
  rates: FaultRates;
  /** Seconds of Retry-After on each answer that is drawn and not `accepted`. */
  retry_after?: number;
  /** Milliseconds before every answer. */
  latency_ms?: number;
};

/** Which answer a message gets: the script of its token, else the token's own text, else chance, else accepted. */
export class Answers {
  readonly #scripts = new Map<string, FullAnswer[]>();
  readonly #tries = new Map<string, number>();
  #faults: Faults | null = null;

  /** The next messages to this token get these answers in turn. */
  script(token: string, list: Answer[]): void {
    for (const answer of list) {
      const fault = faultOfAnswer(answer);
      if (fault) throw new TypeError(fault);
    }
    this.#scripts.set(token, [...(this.#scripts.get(token) ?? []), ...list.map(fullAnswer)]);
  }

  clearScripts(): void {
    this.#scripts.clear();
  }

  /** Null: no random faults. */
  setFaults(faults: Faults | null): void {
    const rates = Object.entries(faults?.rates ?? {});
    const unknown = rates.find(
      ([name, rate]) => !Object.hasOwn(answers, name) || typeof rate !== 'number' || !(rate >= 0),
    );
    if (unknown) throw new TypeError(`rates.${unknown[0]} is not an answer with a share of 0 to 1`);
    if (rates.reduce((sum, [, rate]) => sum + rate, 0) > 1 + 1e-9)
      throw new TypeError('the rates add up to more than 1');
    this.#tries.clear();
    this.#faults = rates.length > 0 || faults?.latency_ms ? faults : null;
  }

  next(token: string, notificationId: string | null): FullAnswer {
    const script = this.#scripts.get(token);
    if (script) {
      const answer = script.shift();
      if (script.length === 0) this.#scripts.delete(token);
      if (answer) return answer;
    }
    if (token.startsWith('unregistered-')) return { answer: 'unregistered' };
    const { retry_after, latency_ms } = this.#faults ?? {};
    const answer = this.#byChance(token, notificationId);
    return {
      answer,
      ...(retry_after !== undefined && answer !== 'accepted' && { retry_after }),
      ...(latency_ms !== undefined && { latency_ms }),
    };
  }

  /**
   * Depends on the seed, the device, the notification and how often it was tried, not on the order of arrival:
   * a run with the same seed meets the same faults however its requests interleave.
   */
  #byChance(token: string, notificationId: string | null): AnswerName {
    if (!this.#faults) return 'accepted';
    const key = `${token}\n${notificationId}`;
    const nth = (this.#tries.get(key) ?? 0) + 1;
    this.#tries.set(key, nth);
    const digest = createHash('sha1').update(`${this.#faults.seed}\n${key}\n${nth}`).digest();
    let draw = digest.readUInt32BE(0) / 2 ** 32;
    for (const [name, rate] of Object.entries(this.#faults.rates) as [AnswerName, number][]) {
      if (draw < rate) return name;
      draw -= rate;
    }
    return 'accepted';
  }
}
