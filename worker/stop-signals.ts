import { constants } from 'node:os';

/** Ctrl-C reaches a process from the terminal and may reach it again through npm: that is no second one. */
const SAME_KEYSTROKE_MS = 500;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * SIGTERM and SIGINT: the first asks to stop, a second ends the process at once with the signal's code (143, 130).
 * Before anybody listens, the first ends it as well, with code 0: nothing has been begun.
 */
export class StopSignals {
  readonly #process: NodeJS.Process;
  #stop: ((signal: Signal) => void) | null = null;
  #firstAt: number | null = null;

  constructor(process: NodeJS.Process) {
    this.#process = process;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  onStop(stop: (signal: Signal) => void): void {
    this.#stop = stop;
  }

  end(): void {
    for (const signal of SIGNALS) this.#process.off(signal, this.#onSignal);
  }

  readonly #onSignal = (signal: Signal): void => {
    if (this.#firstAt === null) {
      this.#firstAt = performance.now();
      if (!this.#stop) this.#process.exit(0);
      this.#stop(signal);
    } else if (performance.now() - this.#firstAt > SAME_KEYSTROKE_MS) {
      this.#process.exit(128 + constants.signals[signal]);
    }
  };
}
