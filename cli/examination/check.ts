import { describeFailure } from '../../answers/failure.ts';
import { createPool } from '../../db/connect.ts';
import { readDatabaseUrl } from '../../worker/config.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Check {
  readonly name: string;
  /** Of this check nothing can be said where that one fails. */
  readonly after?: string;
  /** Resolves with what was found; throws what is wrong. */
  readonly look: () => Promise<string | Warning>;
}

/** What keeps nothing from working, and may not be as its owner wants it. */
export interface Warning {
  readonly warning: string;
}

export interface Outcome {
  readonly name: string;
  readonly detail: string;
  /** Null: none. */
  readonly error: unknown;
  readonly isWarning: boolean;
  /** False: it hangs on a check that failed. */
  readonly looked: boolean;
}

/** Looks at all at once, but for what hangs on something else; outcomes are in the order of the checks. */
export async function look(checks: readonly Check[]): Promise<Outcome[]> {
  const outcomes = new Map<string, Promise<Outcome>>();
  for (const check of checks) outcomes.set(check.name, outcomeOf(check, check.after && outcomes.get(check.after)));
  return Promise.all(outcomes.values());
}

async function outcomeOf({ name, after, look: lookAt }: Check, before?: Promise<Outcome> | ''): Promise<Outcome> {
  const first = before && (await before);
  const outcome = { name, error: null, isWarning: false, looked: true };
  if (first && (first.error || !first.looked))
    return { ...outcome, detail: `cannot be told while "${after}" fails`, looked: false };
  return lookAt().then(
    (found) =>
      typeof found === 'string'
        ? { ...outcome, detail: found }
        : { ...outcome, detail: found.warning, isWarning: true },
    (error: unknown) => ({ ...outcome, detail: describeFailure(error), error }),
  );
}

export async function withPool<T>(
  env: Environment,
  work: (pool: ReturnType<typeof createPool>) => Promise<T>,
): Promise<T> {
  const pool = createPool({ url: readDatabaseUrl(env), maxConnections: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}
