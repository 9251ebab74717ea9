import type { Logger } from 'pino';
import type { AttemptResult, PutOff, Settlement } from '../db/attempts.ts';

/** What an operator reads of single messages: which were not accepted, and what it takes to repair a record by hand. */
export class AnswerLog {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  refusals(results: readonly AttemptResult[]): void {
    for (const result of results) {
      if (result.outcome.status === 'accepted') continue;
      const { status, code } = result.outcome;
      if (code === 'not_attempted') continue;
      this.#log.error({ ...identify(result), outcome: status, code }, 'push was not accepted');
    }
  }

  deadTokens(results: readonly AttemptResult[], tokens: number): void {
    if (tokens === 0) return;
    const dead = results.filter(({ outcome }) => outcome.status === 'rejected' && outcome.tokenIsDead);
    this.#log.info({ tokens, notifications: dead.map(identify) }, 'dead device tokens invalidated');
  }

  repeats({ sent, held, recorded }: Settlement): void {
    const repeats = sent + held - recorded;
    if (repeats > 0) this.#log.warn({ repeats }, 'records were there already: skipped');
  }

  putOff(batch: string, claims: readonly PutOff[]): void {
    if (claims.length > 0)
      this.#log.error({ batch, claims }, 'notifications could not be settled: they are tried again later');
  }

  /** All it takes to repair the records by hand, in one line. */
  notWritten(results: readonly AttemptResult[], error: unknown): void {
    const accepted = results.flatMap((result) =>
      result.outcome.status === 'rejected'
        ? []
        : [{ ...identify(result), outcome: result.outcome.status, message_id: messageIdOf(result) }],
    );
    if (accepted.length === 0) return;
    this.#log.fatal(
      { code: 'E_RECORD_NOT_WRITTEN', notifications: accepted, err: error },
      'E_RECORD_NOT_WRITTEN: pushes were accepted and could not be recorded; trying until they are, sending nothing again',
    );
  }
}

function identify(result: AttemptResult) {
  return {
    notification: result.idempotency_key,
    user_id: result.user_id,
    scenario_type: result.scenario_type,
    claim_id: result.claim_id,
    device_id: result.device_id,
    attempt: result.attempt,
  };
}

function messageIdOf({ outcome }: AttemptResult): string | null {
  return outcome.status === 'accepted' ? outcome.messageId : null;
}
