/** What a step saw, in a few words; `skipped`: why it could not be done here. */
export type Seen = string | { readonly skipped: string };

export interface StepResult {
  readonly step: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly seen: string;
  readonly seconds: number;
}

/** Steps in a row, a line for each. One that fails does not keep the next from being tried. */
export class Steps {
  readonly results: StepResult[] = [];
  readonly #tell: (result: StepResult) => void;

  constructor(tell: (result: StepResult) => void) {
    this.#tell = tell;
  }

  async do(step: string, work: () => Promise<Seen>): Promise<void> {
    const started = performance.now();
    const [result, seen] = await work().then(
      (said) => (typeof said === 'string' ? (['passed', said] as const) : (['skipped', said.skipped] as const)),
      (error: unknown) => ['failed', messageOf(error)] as const,
    );
    const told: StepResult = { step, result, seen, seconds: (performance.now() - started) / 1_000 };
    this.results.push(told);
    this.#tell(told);
  }

  count(which: StepResult['result']): number {
    return this.results.filter(({ result }) => result === which).length;
  }
}

/** Fails the step that is under way. */
export function require(isSo: boolean, otherwise: string): asserts isSo {
  if (!isSo) throw new Error(otherwise);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
