/** Milliseconds that a batch waits for its turn: a transaction of another one that hangs must not hold it up. */
const PATIENCE = 100;

/**
 * Lets the batches of a process talk to the database one after another. What comes in meanwhile goes into one transaction
 * and not into many small ones: a message then costs a third. A courtesy and no lock: nothing is wrong without it.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` once the one before is done, or has taken long. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = atMost(this.#last, PATIENCE).then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}

async function atMost(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, timeUp]);
  clearTimeout(timer);
}
