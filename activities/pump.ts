import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptResult, AttemptToSend, BeginRequest, Begun } from '../db/attempts.ts';
import type { Holding } from '../db/dispatch.ts';
import type { PushServiceTrouble } from '../domain/outcome.ts';
import { LEAVES_WITHIN, PROBE_WITHIN } from '../domain/timing.ts';
import type { Departure } from '../push/send-window.ts';
import type { AnswerWriter } from './answer-writer.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';
import { Probe } from './probe.ts';
import { NOT_ATTEMPTED, sendAttempt } from './send-attempt.ts';
import type { Sending } from './sending.ts';
import type { Settler } from './settler.ts';

const FIRST_WAIT = 100;
/** Transactions in a row that fail: then it is not for this holder to try on. */
const MOST_FAILURES = 4;

/** Why a batch is not sent further for now, though it has more. */
export interface Stop {
  readonly why: 'closed' | 'halted' | 'braked' | 'taken over' | 'database too slow';
  /** Milliseconds until it makes sense to go on, as far as anybody knows. */
  readonly waitMs: number;
  /** The code of the answer that closed the push service, or the note of whoever halted it. */
  readonly reason: string | null;
}

export interface BatchToSend {
  readonly key: string;
  readonly holding: Holding;
  /** About how many messages there are. */
  readonly messages: number;
  /** About how many its sweep has of its scenario type. */
  readonly inSweep: number;
  /** The right to send one notification although the push service is closed. */
  readonly mayProbe: boolean;
}

/**
 * Sends what one batch has to send. Answers are written as they come, many in one commit, and the same transaction
 * begins what leaves next: in doubt at any moment is what is on the wire, and nothing else. See
 * docs/decisions/0001-evaluate-claim-dispatch-record.md.
 */
export class Pump {
  readonly #batch: BatchToSend;
  readonly #writer: AnswerWriter;
  readonly #settler: Settler;
  readonly #deps: Dependencies;
  readonly #settings: DispatchSettings;
  readonly #sending: Sending;
  readonly #cancelled: AbortSignal;
  readonly #probe: Probe;

  /** On the wire, by claim and device. */
  readonly #inFlight = new Map<string, AttemptToSend>();
  readonly #answered: AttemptResult[] = [];
  /** Of what was answered without trouble since the last exchange. */
  readonly #departures: Departure[] = [];
  #left: number;
  #afterUser: string | null = null;
  #begunInPass = 0;
  #isPassOver = false;
  #isOver = false;
  #failures = 0;
  #closing: Promise<unknown> | null = null;
  #stop: Stop | null = null;
  #isWoken = false;
  #resume: () => void = () => {};

  constructor(
    batch: BatchToSend,
    { writer, settler }: { readonly writer: AnswerWriter; readonly settler: Settler },
    deps: Dependencies,
    settings: DispatchSettings,
    sending: Sending,
    cancelled: AbortSignal,
  ) {
    this.#batch = batch;
    this.#writer = writer;
    this.#settler = settler;
    this.#deps = deps;
    this.#settings = settings;
    this.#sending = sending;
    this.#cancelled = cancelled;
    this.#left = batch.messages;
    this.#probe = new Probe(deps.repository, deps.push.projectId, sending.gatekeeper, batch.mayProbe);
  }

  /**
   * Ends when nothing more can be tried now and every answer is written. Returns why it ended early, if it did.
   * Throws {@link ScenarioRepositoryException} where the database does not let it go on; nothing is lost by it.
   */
  async run(): Promise<Stop | null> {
    this.#cancelled.addEventListener('abort', this.#wake);
    try {
      this.#sending.window.expect(this, this.#left, this.#batch.inSweep);
      for (;;) {
        this.#isWoken = false;
        await this.#endPass();
        if (await this.#sending.turns.take(() => this.#work())) continue;
        if (this.#inFlight.size === 0 && this.#answered.length === 0 && !this.#mayBegin()) break;
        await this.#untilWoken();
      }
      await this.#closing;
      await this.#settler.finish();
      return this.#stop;
    } catch (error) {
      // What is still on the wire is learned, so that nothing of it becomes unknown.
      while (this.#inFlight.size > 0) await this.#untilWoken();
      try {
        await this.#writer.learn(this.#answered.splice(0));
      } finally {
        await this.#settler.giveUp();
      }
      throw error;
    } finally {
      await this.#probe.giveBack();
      this.#cancelled.removeEventListener('abort', this.#wake);
      this.#sending.window.expect(this, 0);
    }
  }

  /** False where there is nothing to write and nothing may be begun now. */
  async #work(): Promise<boolean> {
    this.#settler.throwIfStuck();
    const messages = await this.#permits();
    if (this.#answered.length === 0 && messages === 0) return false;
    await this.#exchange(messages);
    return true;
  }

  #mayBegin(): boolean {
    return !this.#isOver && !this.#stop && !this.#cancelled.aborted;
  }

  /** How many messages may be begun now. */
  async #permits(): Promise<number> {
    if (!this.#mayBegin() || this.#isPassOver || this.#probe.isOut) return 0;
    if (this.#settler.isBehind) {
      void sleep(FIRST_WAIT).then(this.#wake);
      return 0;
    }
    const room = this.#sending.window.room(this, this.#inFlight.size);
    if (room === 0) {
      this.#sending.window.whenFree(this, this.#wake);
      return 0;
    }
    const { granted, waitMs } = await this.#takeRate(this.#probe.mayLeave ? 1 : room);
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
    const begin = messages === 0 ? null : this.#beginRequest(messages);
    const departures = this.#departures.splice(0);
    const exchanged = await this.#writer.exchange(this.#answered, begin, () => [...this.#inFlight.values()]);
    if ('error' in exchanged) {
      this.#sending.rate.correct(-messages);
      if (++this.#failures >= MOST_FAILURES) throw exchanged.error;
      await sleep(FIRST_WAIT * 2 ** this.#failures);
      return;
    }
    this.#failures = 0;
    for (const departure of departures) this.#sending.window.written(departure);
    if (exchanged.begun) await this.#take(exchanged.begun, messages);
  }

  async #take(begun: Begun, permits: number): Promise<void> {
    const { attempts } = begun;
    const isProbe = this.#probe.mayLeave;
    this.#sending.rate.correct(attempts.length - permits);
    if (begun.withdrawn > 0) this.#deps.tally?.withdrawn(this.#batch.holding.scenario_type, begun.withdrawn);
    if (isProbe) await this.#probe.leaves(attempts.length);
    if (!begun.is_holder) this.#stop = { why: 'taken over', waitMs: this.#settings.holderGraceMs, reason: null };
    else if (begun.shut) await this.#askGate();
    else if (begun.reached_user !== null) {
      this.#afterUser = begun.reached_user;
      this.#begunInPass += attempts.length + begun.withdrawn;
    } else if (this.#begunInPass > 0) this.#isPassOver = true;
    else this.#isOver = true;
    for (const attempt of attempts) void this.#send(attempt, begun.begunAt, isProbe);
    this.#left = Math.max(0, this.#left - attempts.length);
    this.#sending.window.expect(this, this.#left + this.#inFlight.size);
  }

  /** A mentor's next notification follows the one before: a new pass begins when this one's are settled. */
  async #endPass(): Promise<void> {
    if (!this.#isPassOver || this.#inFlight.size > 0 || this.#answered.length > 0) return;
    await this.#settler.finish();
    this.#isPassOver = false;
    this.#afterUser = null;
    this.#begunInPass = 0;
  }

  async #send(attempt: AttemptToSend, begunAt: number, isProbe: boolean): Promise<void> {
    const { push, clock, log } = this.#deps;
    const key = `${attempt.claim_id} ${attempt.device_id}`;
    this.#inFlight.set(key, attempt);
    const departure = this.#sending.window.left(begunAt);
    let outcome = NOT_ATTEMPTED;
    if (departure.leftAt - begunAt > LEAVES_WITHIN) {
      log.warn({ batch: this.#batch.key, began_ms_ago: departure.leftAt - begunAt }, 'begun too long ago to be sent');
      this.#sending.window.returned(departure);
      this.#stop ??= { why: 'database too slow', waitMs: this.#settings.firstPauseMs, reason: null };
      if (isProbe) await this.#probe.giveBack();
    } else {
      const { trouble, ...answer } = await sendAttempt(attempt, push, clock(), this.#sending.textFaults);
      outcome = answer.outcome;
      if (!trouble) this.#departures.push(departure);
      this.#sending.window.answered(departure, trouble !== undefined);
      if (isProbe) await this.#probeAnswered(trouble, attempt);
      else this.#noteTrouble(trouble, departure.leftAt, attempt);
    }
    this.#inFlight.delete(key);
    this.#answered.push({ ...attempt, outcome, answered_at: clock() });
    this.#wake();
  }

  #noteTrouble(trouble: PushServiceTrouble | undefined, leftAt: number, to: AttemptToSend): void {
    const closing = this.#sending.gatekeeper.answered(trouble, leftAt, to);
    // A database that is away stops the sending by itself.
    if (closing)
      this.#closing = closing.catch((error: unknown) => this.#deps.log.warn({ err: error }, 'a pause was not written'));
  }

  async #askGate(): Promise<void> {
    const { repository, push } = this.#deps;
    await this.#closing;
    try {
      const { state, wait_ms, reason } = await repository.askGate(push.projectId, PROBE_WITHIN);
      if (state === 'probe') this.#probe.grant();
      else if (state !== 'open') this.#stop = { why: state, waitMs: wait_ms, reason };
    } catch {
      this.#stop = { why: 'closed', waitMs: this.#settings.firstPauseMs, reason: 'database' };
    }
  }

  async #probeAnswered(trouble: PushServiceTrouble | undefined, to: AttemptToSend): Promise<void> {
    const { log } = this.#deps;
    try {
      const waitMs = await this.#probe.answered(trouble, to);
      if (waitMs === 0) log.info('the push service answers again: sending goes on');
      else if (waitMs !== null) this.#stop = { why: 'closed', waitMs, reason: trouble?.code ?? null };
    } catch (error) {
      // The probe is taken for lost after its time.
      log.warn({ err: error }, 'what a probe found out was not written');
      this.#stop = { why: 'closed', waitMs: this.#settings.firstPauseMs, reason: 'database' };
    }
  }

  #beginRequest(messages: number): BeginRequest {
    const now = this.#deps.clock();
    return {
      batchKey: this.#batch.key,
      fence: this.#batch.holding.fence,
      messages,
      now,
      afterUser: this.#afterUser,
      checkBefore: new Date(now.getTime() - this.#settings.checkAgainAfterMs),
      projectId: this.#deps.push.projectId,
      isProbe: this.#probe.mayLeave,
    };
  }
}
