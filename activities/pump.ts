import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptResult, AttemptToSend, Begun, SettleRequest, Settlement } from '../db/attempts.ts';
import type { Holding } from '../db/dispatch.ts';
import type { PushServiceTrouble } from '../domain/outcome.ts';
import { LEAVES_WITHIN, PROBE_WITHIN } from '../domain/timing.ts';
import { AnswerLog } from './answer-log.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';
import { NOT_ATTEMPTED, sendAttempt } from './send-attempt.ts';
import type { Sending } from './sending.ts';

const FIRST_WAIT = 100;
const LONGEST_WAIT = 5_000;

/** Why a batch is not sent further for now, though it has more. */
export interface Stop {
  readonly why: 'closed' | 'halted' | 'taken over';
  /** Milliseconds until it makes sense to go on, as far as anybody knows. */
  readonly waitMs: number;
  /** The code of the answer that closed the push service, or the note of whoever halted it. */
  readonly reason: string | null;
}

/**
 * Sends what one batch has to send. Answers are written as they come, many in one commit, and the same transaction
 * begins what leaves next: in doubt at any moment is what is on the wire, and nothing else. See
 * docs/decisions/0001-evaluate-claim-dispatch-record.md.
 */
export class Pump {
  readonly #batchKey: string;
  readonly #holding: Holding;
  readonly #deps: Dependencies;
  readonly #settings: DispatchSettings;
  readonly #sending: Sending;
  readonly #cancelled: AbortSignal;
  readonly #answers: AnswerLog;

  /** On the wire, by claim and device. */
  readonly #inFlight = new Map<string, AttemptToSend>();
  readonly #answered: AttemptResult[] = [];
  #left: number;
  #afterUser: string | null = null;
  #begunInPass = 0;
  #isPassOver = false;
  #isOver = false;
  #probe: 'none' | 'may leave' | 'is out' = 'none';
  #closing: Promise<unknown> | null = null;
  #stop: Stop | null = null;
  #isWoken = false;
  #resume: () => void = () => {};

  /** `messages`: about how many there are to send. */
  constructor(
    batch: { readonly key: string; readonly holding: Holding; readonly messages: number },
    deps: Dependencies,
    settings: DispatchSettings,
    sending: Sending,
    cancelled: AbortSignal,
  ) {
    this.#batchKey = batch.key;
    this.#holding = batch.holding;
    this.#left = batch.messages;
    this.#deps = deps;
    this.#settings = settings;
    this.#sending = sending;
    this.#cancelled = cancelled;
    this.#answers = new AnswerLog(deps.log);
  }

  /**
   * Ends when nothing more can be tried now and every answer is written. Returns why it ended early, if it did.
   * Throws {@link ScenarioRepositoryException} when what was learned cannot be concluded from; nothing is lost by it.
   */
  async run(): Promise<Stop | null> {
    this.#cancelled.addEventListener('abort', this.#wake);
    try {
      this.#sending.window.expect(this, this.#left);
      for (;;) {
        this.#isWoken = false;
        this.#endPass();
        const messages = await this.#permits();
        if (this.#answered.length > 0 || messages > 0) await this.#exchange(messages);
        else if (this.#inFlight.size > 0 || this.#mayBegin()) await this.#untilWoken();
        else break;
      }
      await this.#closing;
      return this.#stop;
    } finally {
      this.#cancelled.removeEventListener('abort', this.#wake);
      this.#sending.window.expect(this, 0);
    }
  }

  #mayBegin(): boolean {
    return !this.#isOver && !this.#stop && !this.#cancelled.aborted;
  }

  /** How many messages may be begun now. */
  async #permits(): Promise<number> {
    if (!this.#mayBegin() || this.#isPassOver || this.#probe === 'is out') return 0;
    const room = this.#sending.window.room(this, this.#inFlight.size);
    if (room === 0) {
      this.#sending.window.whenFree(this, this.#wake);
      return 0;
    }
    const { granted, waitMs } = await this.#takeRate(this.#probe === 'may leave' ? 1 : room);
    if (granted === 0) void sleep(waitMs).then(this.#wake);
    return granted;
  }

  /** A database that is away ends this only once every answer is in and written: they exist nowhere else. */
  async #takeRate(messages: number): Promise<{ readonly granted: number; readonly waitMs: number }> {
    try {
      return await this.#sending.rate.take(messages);
    } catch (error) {
      if (this.#inFlight.size === 0 && this.#answered.length === 0) throw error;
      return { granted: 0, waitMs: FIRST_WAIT };
    }
  }

  async #untilWoken(): Promise<void> {
    if (!this.#isWoken) await new Promise<void>((resolve) => (this.#resume = resolve));
    this.#isWoken = false;
  }

  readonly #wake = (): void => {
    this.#isWoken = true;
    this.#resume();
  };

  /** Writes what has been answered and begins `messages` more. */
  async #exchange(messages: number): Promise<void> {
    const { repository, clock } = this.#deps;
    const results = this.#answered.splice(0);
    const now = clock();
    const begunAt = performance.now();
    this.#answers.refusals(results);
    let begun: Begun | null;
    try {
      const exchanged = await repository.exchangeAnswers({
        results,
        settle: this.#settleRequest(now),
        begin: messages === 0 ? null : this.#beginRequest(messages, now),
      });
      this.#noteLearned(results, exchanged.invalidated);
      if (exchanged.settlement) this.#noteSettled(exchanged.settlement);
      begun = exchanged.begun;
    } catch (error) {
      this.#deps.log.warn({ batch: this.#batchKey, err: error }, 'answers are written one step at a time');
      this.#sending.rate.correct(-messages);
      return this.#recover(results, error);
    }
    if (begun) await this.#take(begun, messages, begunAt);
  }

  async #take(begun: Begun, permits: number, begunAt: number): Promise<void> {
    const { attempts } = begun;
    const isProbe = this.#probe === 'may leave';
    this.#sending.rate.correct(attempts.length - permits);
    if (begun.withdrawn > 0) this.#deps.tally?.withdrawn(this.#holding.scenario_type, begun.withdrawn);
    if (!begun.is_holder) this.#stop = { why: 'taken over', waitMs: this.#settings.holderGraceMs, reason: null };
    else if (begun.shut) await this.#askGate();
    else if (begun.reached_user !== null) {
      this.#afterUser = begun.reached_user;
      this.#begunInPass += attempts.length + begun.withdrawn;
    } else if (this.#begunInPass > 0) this.#isPassOver = true;
    else this.#isOver = true;
    if (isProbe) await this.#probeLeaves(attempts.length > 0);
    for (const attempt of attempts) void this.#send(attempt, begunAt, isProbe);
    this.#left = Math.max(0, this.#left - attempts.length);
    this.#sending.window.expect(this, this.#left + this.#inFlight.size);
  }

  /** A mentor's next notification follows the one before: a new pass begins when nothing of this one is in flight. */
  #endPass(): void {
    if (!this.#isPassOver || this.#inFlight.size > 0 || this.#answered.length > 0) return;
    this.#isPassOver = false;
    this.#afterUser = null;
    this.#begunInPass = 0;
  }

  async #send(attempt: AttemptToSend, begunAt: number, isProbe: boolean): Promise<void> {
    const { push, clock } = this.#deps;
    const key = `${attempt.claim_id} ${attempt.device_id}`;
    this.#inFlight.set(key, attempt);
    const departure = this.#sending.window.left(begunAt);
    const mayLeave = performance.now() - begunAt <= LEAVES_WITHIN;
    const { outcome, trouble } = mayLeave
      ? await sendAttempt(attempt, push, clock())
      : { outcome: NOT_ATTEMPTED, trouble: undefined };
    this.#sending.window.answered(departure, trouble !== undefined);
    if (isProbe) await this.#probeAnswered(mayLeave, trouble);
    else this.#noteTrouble(trouble, departure.leftAt);
    this.#inFlight.delete(key);
    this.#answered.push({ ...attempt, outcome, answered_at: clock() });
    this.#wake();
  }

  #noteTrouble(trouble: PushServiceTrouble | undefined, leftAt: number): void {
    const closing = this.#sending.gatekeeper.answered(trouble, leftAt);
    // A database that is away stops the sending by itself.
    if (closing)
      this.#closing = closing.catch((error: unknown) => this.#deps.log.warn({ err: error }, 'a pause was not written'));
  }

  async #askGate(): Promise<void> {
    const { repository, push } = this.#deps;
    await this.#closing;
    try {
      const { state, wait_ms, reason } = await repository.askGate(push.projectId, PROBE_WITHIN);
      if (state === 'probe') this.#probe = 'may leave';
      else if (state !== 'open') this.#stop = { why: state, waitMs: wait_ms, reason };
    } catch {
      this.#stop = { why: 'closed', waitMs: this.#settings.firstPauseMs, reason: 'database' };
    }
  }

  async #probeLeaves(hasLeft: boolean): Promise<void> {
    this.#probe = hasLeft ? 'is out' : 'none';
    // Nothing of this batch could be tried: let another find out.
    if (!hasLeft) await this.#deps.repository.endProbe(this.#deps.push.projectId, false).catch(() => {});
  }

  /** One failure of a probe closes the project again, though it may not have closed an open one. */
  async #probeAnswered(hasLeft: boolean, trouble: PushServiceTrouble | undefined): Promise<void> {
    const { repository, push, log } = this.#deps;
    this.#probe = 'none';
    try {
      if (trouble) {
        const waitMs = await this.#sending.gatekeeper.close(trouble);
        this.#stop = { why: 'closed', waitMs, reason: trouble.code };
      } else {
        await repository.endProbe(push.projectId, hasLeft);
        if (hasLeft) log.info('the push service answers again: sending goes on');
      }
    } catch (error) {
      // The probe is taken for lost after its time.
      log.warn({ err: error }, 'what a probe found out was not written');
      this.#stop = { why: 'closed', waitMs: this.#settings.firstPauseMs, reason: 'database' };
    }
  }

  /**
   * After a transaction that failed, or whose answer was lost. What was learned exists nowhere else: it is written by
   * itself, and until it is. What the transaction began and nobody knows of has not left. Then what follows is concluded.
   */
  async #recover(results: AttemptResult[], error: unknown): Promise<void> {
    const { repository, clock } = this.#deps;
    let cancelledAt: number | null = null;
    for (let wait = FIRST_WAIT, said = false, cause = error; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        if (results.length > 0) this.#noteLearned(results, await repository.learnOutcomes(results, clock()));
        const left = [...this.#inFlight.values(), ...this.#answered];
        await repository.forgetUnsent({ batchKey: this.#batchKey, fence: this.#holding.fence, left, now: clock() });
        break;
      } catch (again) {
        cause = again;
        if (!said) this.#answers.notWritten(results, cause);
        said = true;
        if (this.#cancelled.aborted) cancelledAt ??= performance.now();
        if (cancelledAt !== null && performance.now() - cancelledAt >= this.#settings.lastTriesMs) throw cause;
        await sleep(wait);
      }
    }
    try {
      if (results.length > 0) await this.#settle(results);
    } catch (cause) {
      this.#answers.notWritten(results, cause);
      await this.#writeTheRest();
      throw cause;
    }
  }

  /** Before giving up: what is still on the wire is learned, so that nothing of it becomes unknown. */
  async #writeTheRest(): Promise<void> {
    while (this.#inFlight.size > 0) await this.#untilWoken();
    const results = this.#answered.splice(0);
    if (results.length > 0)
      this.#noteLearned(results, await this.#deps.repository.learnOutcomes(results, this.#deps.clock()));
  }

  async #settle(results: readonly AttemptResult[]): Promise<void> {
    const now = this.#deps.clock();
    const settlement = await this.#deps.repository.settleClaims({ ...this.#settleRequest(now), claims: results });
    if (settlement.sent === 0) await this.#deps.repository.settleHeldThatArrived(results, now);
    this.#noteSettled(settlement);
  }

  #noteSettled(settlement: Settlement): void {
    this.#deps.tally?.settled(this.#holding.scenario_type, settlement);
    this.#answers.repeats(settlement);
  }

  #noteLearned(results: readonly AttemptResult[], invalidated: number): void {
    this.#answers.deadTokens(results, invalidated);
    if (invalidated > 0) this.#deps.tally?.invalidated(invalidated);
  }

  #settleRequest(now: Date): SettleRequest {
    const { unknownRetryDelaysMs, refusedRetryDelaysMs, giveUpAfterMs } = this.#settings;
    const { fence } = this.#holding;
    return { batchKey: this.#batchKey, fence, now, unknownRetryDelaysMs, refusedRetryDelaysMs, giveUpAfterMs };
  }

  #beginRequest(messages: number, now: Date) {
    return {
      batchKey: this.#batchKey,
      fence: this.#holding.fence,
      messages,
      now,
      afterUser: this.#afterUser,
      checkBefore: new Date(now.getTime() - this.#settings.checkAgainAfterMs),
      projectId: this.#deps.push.projectId,
      isProbe: this.#probe === 'may leave',
    };
  }
}
