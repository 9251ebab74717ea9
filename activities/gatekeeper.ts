import type { ScenarioRepository } from '../db/scenario-repository.ts';
import type { PushServiceTrouble } from '../domain/outcome.ts';
import { LONGEST_ASKED_PAUSE, type SendingTimes } from '../domain/timing.ts';
import type { Logger } from 'pino';

/** Answers of trouble in a row, with none accepted in between, that close the project. */
const IN_A_ROW = 5;

/** Watches what the push service answers this process, and closes the project for all workers when it is in trouble. */
export class Gatekeeper {
  readonly #repository: Pick<ScenarioRepository, 'closeGate'>;
  readonly #projectId: string;
  readonly #times: Pick<SendingTimes, 'firstPauseMs' | 'longestPauseMs'>;
  readonly #log: Logger;
  #inARow = 0;
  #closedAt = -Infinity;

  constructor(
    repository: Pick<ScenarioRepository, 'closeGate'>,
    projectId: string,
    times: Pick<SendingTimes, 'firstPauseMs' | 'longestPauseMs'>,
    log: Logger,
  ) {
    this.#repository = repository;
    this.#projectId = projectId;
    this.#times = times;
    this.#log = log;
  }

  /** Takes note of an answer to what left at `leftAt`. Where it closes the project: until that is written. */
  answered(trouble: PushServiceTrouble | undefined, leftAt: number): Promise<number> | null {
    if (!trouble) {
      this.#inARow = 0;
      return null;
    }
    // What was in flight when it closed is the same trouble, unless it asks for a time of its own.
    if (leftAt < this.#closedAt && trouble.retryAfterMs === null) return null;
    if (trouble.closes === 'in a row' && ++this.#inARow < IN_A_ROW) return null;
    return this.close(trouble);
  }

  /** Closes the project for all workers. Returns for how many milliseconds. */
  async close({ code, retryAfterMs }: PushServiceTrouble): Promise<number> {
    this.#inARow = 0;
    this.#closedAt = performance.now();
    const waitMs = await this.#repository.closeGate({
      projectId: this.#projectId,
      reason: code,
      askedMs: retryAfterMs === null ? null : Math.min(retryAfterMs, LONGEST_ASKED_PAUSE),
      firstPauseMs: this.#times.firstPauseMs,
      longestPauseMs: this.#times.longestPauseMs,
      jitter: Math.random(),
    });
    this.#log.warn({ code, pause_ms: waitMs }, 'the push service is in trouble: sending pauses for the whole project');
    return waitMs;
  }
}
