import type { PushServiceTrouble } from '../domain/outcome.ts';
import type { ScenarioRepository } from '../db/scenario-repository.ts';
import type { Addressee, Gatekeeper } from './gatekeeper.ts';

/**
 * The right to send one notification through a closed gate, to find out whether the push service is back. It goes to all
 * devices of a mentor: the gate opens when all their answers are in, and none says that it should not.
 */
export class Probe {
  readonly #repository: Pick<ScenarioRepository, 'endProbe'>;
  readonly #projectId: string;
  readonly #gatekeeper: Gatekeeper;
  #state: 'none' | 'may leave' | 'is out';
  #unanswered = 0;
  #trouble: PushServiceTrouble | null = null;

  constructor(
    repository: Pick<ScenarioRepository, 'endProbe'>,
    projectId: string,
    gatekeeper: Gatekeeper,
    mayLeave: boolean,
  ) {
    this.#repository = repository;
    this.#projectId = projectId;
    this.#gatekeeper = gatekeeper;
    this.#state = mayLeave ? 'may leave' : 'none';
  }

  get mayLeave(): boolean {
    return this.#state === 'may leave';
  }

  get isOut(): boolean {
    return this.#state === 'is out';
  }

  grant(): void {
    this.#state = 'may leave';
  }

  /** `messages`: how many it has become; with none it is given back, and another may find out. */
  async leaves(messages: number): Promise<void> {
    if (messages === 0) return this.giveBack();
    this.#state = 'is out';
    this.#unanswered = messages;
    this.#trouble = null;
  }

  /**
   * One of its messages is answered. Null while others are not; else for how many milliseconds the project is closed
   * again, 0 = it is open for all workers.
   */
  async answered(trouble: PushServiceTrouble | undefined, to: Addressee): Promise<number | null> {
    // A platform's own trouble says that the project answers.
    const ofPlatform = trouble?.of === 'platform' ? this.#gatekeeper.answered(trouble, performance.now(), to) : null;
    await ofPlatform;
    if (trouble && !trouble.of && (this.#trouble === null || trouble.retryAfterMs !== null)) this.#trouble = trouble;
    if (--this.#unanswered > 0) return null;
    this.#state = 'none';
    if (this.#trouble) return this.#gatekeeper.close(this.#trouble, to.platform);
    if (!trouble) void this.#gatekeeper.answered(undefined, 0, to);
    await this.#repository.endProbe(this.#projectId, true);
    return 0;
  }

  /** Where it was not needed after all. What is lost by a failure is taken for lost after its time. */
  async giveBack(): Promise<void> {
    if (this.#state === 'none') return;
    this.#state = 'none';
    await this.#repository.endProbe(this.#projectId, false).catch(() => {});
  }
}
