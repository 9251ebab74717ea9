import type { ScenarioRepository } from '../db/scenario-repository.ts';
import { platformGate, type PushServiceTrouble } from '../domain/outcome.ts';
import { LONGEST_ASKED_PAUSE, LONGEST_PLATFORM_PAUSE, type SendingTimes } from '../domain/timing.ts';
import type { Logger } from 'pino';

/** Mentors whose messages meet trouble one after the other, with none accepted in between: then it is not one device's own. */
const IN_A_ROW = 5;

/** Whose message was answered. */
export interface Addressee {
  readonly user_id: string;
  readonly platform: string;
}

/**
 * Watches what the push service answers this process, and closes the project for all workers when it is in trouble, or
 * sets one platform aside when only its devices refuse.
 */
export class Gatekeeper {
  readonly #repository: Pick<ScenarioRepository, 'closeGate'>;
  readonly #projectId: string;
  readonly #times: Pick<SendingTimes, 'firstPauseMs' | 'longestPauseMs'>;
  readonly #log: Logger;
  /** By gate. */
  readonly #mentorsInARow = new Map<string, Set<string>>();
  readonly #closedAt = new Map<string, number>();

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

  /** Takes note of an answer to what left at `leftAt`. Where it closes something: until that is written. */
  answered(
    trouble: PushServiceTrouble | undefined,
    leftAt: number,
    { user_id, platform }: Addressee,
  ): Promise<number> | null {
    const gate = this.#gateOf(trouble, platform);
    // Whatever else it says, the project answers.
    if (trouble?.of === 'platform' || !trouble) this.#mentorsInARow.delete(this.#projectId);
    if (!trouble) this.#mentorsInARow.delete(platformGate(this.#projectId, platform));
    if (!trouble) return null;
    // What was in flight when it closed is the same trouble, unless it asks for a time of its own.
    if (leftAt < (this.#closedAt.get(gate) ?? -Infinity) && trouble.retryAfterMs === null) return null;
    if (trouble.closes === 'in a row') {
      const mentors = this.#mentorsInARow.get(gate) ?? new Set();
      this.#mentorsInARow.set(gate, mentors.add(user_id));
      if (mentors.size < IN_A_ROW) return null;
    }
    return this.close(trouble, platform);
  }

  /** Closes the project, or sets the platform aside, for all workers. Returns for how many milliseconds. */
  async close(trouble: PushServiceTrouble, platform: string): Promise<number> {
    const { code, retryAfterMs } = trouble;
    const gate = this.#gateOf(trouble, platform);
    this.#mentorsInARow.delete(gate);
    this.#closedAt.set(gate, performance.now());
    const waitMs = await this.#repository.closeGate({
      projectId: gate,
      reason: code,
      askedMs: retryAfterMs === null ? null : Math.min(retryAfterMs, LONGEST_ASKED_PAUSE),
      firstPauseMs: this.#times.firstPauseMs,
      longestPauseMs: trouble.of === 'platform' ? LONGEST_PLATFORM_PAUSE : this.#times.longestPauseMs,
      jitter: Math.random(),
    });
    if (trouble.of === 'platform')
      this.#log.error(
        { code, platform, pause_ms: waitMs },
        'the push service refuses all devices of a platform: it is set aside',
      );
    else
      this.#log.warn(
        { code, pause_ms: waitMs },
        'the push service is in trouble: sending pauses for the whole project',
      );
    return waitMs;
  }

  #gateOf(trouble: PushServiceTrouble | undefined, platform: string): string {
    return trouble?.of === 'platform' ? platformGate(this.#projectId, platform) : this.#projectId;
  }
}
