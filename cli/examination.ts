import { CodedError } from '../domain/errors.ts';
import { readConfig } from '../worker/config.ts';
import { look, type Check, type Environment } from './examination/check.ts';
import {
  examineClock,
  examineDatabase,
  examineEvaluation,
  examineSchema,
  examineSending,
} from './examination/database.ts';
import { examineCredentials, examineFirebase } from './examination/firebase.ts';
import { examineFirstSweep, examinePeople } from './examination/people.ts';
import { examineNamespace, examineSchedules, examineSearchAttributes, examineWorkers } from './examination/temporal.ts';

export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** Nothing is kept from working by it. */
  readonly warning: boolean;
  /** What was found, or what to do. */
  readonly detail: string;
}

/** Looks at everything the service needs, each thing on its own: one that fails hides no other. */
export async function examine(env: Environment): Promise<Finding[]> {
  const outcomes = await look([
    ...necessities(env),
    { name: 'search attributes', after: 'temporal', look: examineSearchAttributes },
    { name: 'workers', after: 'temporal', look: () => examineWorkers(env) },
    { name: 'schedules', after: 'temporal', look: examineSchedules },
    { name: 'firebase', look: () => examineFirebase(env) },
    { name: 'clock', after: 'database', look: () => examineClock(env) },
    { name: 'sending', after: 'schema', look: () => examineSending(env) },
    { name: 'evaluation', after: 'schema', look: () => examineEvaluation(env) },
    { name: 'people', after: 'schema', look: () => examinePeople(env) },
    { name: 'first sweep', after: 'schema', look: () => examineFirstSweep(env, new Date()) },
  ]);
  return outcomes.map(({ name, error, isWarning, looked, detail }) => ({
    check: name,
    ok: looked && error === null,
    warning: isWarning,
    detail,
  }));
}

/**
 * Throws what keeps a worker from starting, all of it at once: E_NOT_READY where there are several. Sends nothing, not
 * even a dry run: a push service that is away for a while keeps nobody from starting.
 */
export async function assertReady(env: Environment): Promise<void> {
  const outcomes = await look([...necessities(env), { name: 'firebase', look: () => examineCredentials(env) }]);
  const failed = outcomes.filter(({ error }) => error !== null);
  if (failed.length === 1) throw failed[0]!.error;
  if (failed.length > 1) {
    const faults = new Set(failed.map(({ detail }) => `- ${detail}`));
    throw new CodedError('E_NOT_READY', `the worker cannot start:\n${[...faults].join('\n')}`);
  }
}

function necessities(env: Environment): Check[] {
  return [
    {
      name: 'environment',
      look: async () => {
        readConfig(env);
        return 'every variable can be read';
      },
    },
    { name: 'database', look: () => examineDatabase(env) },
    { name: 'schema', after: 'database', look: () => examineSchema(env) },
    { name: 'temporal', look: examineNamespace },
  ];
}
