import { createActivities, type Activities, type ActivityDependencies } from '../../../activities/create-activities.ts';
import type { AttemptResult } from '../../../db/attempts.ts';
import type { ScenarioRepository } from '../../../db/scenario-repository.ts';
import { SENDING_TIMES } from '../../../domain/timing.ts';
import { forget } from './forget.ts';
import type { SabotageName } from './names.ts';
import { withoutClaims } from './no-claim.ts';
import { withoutLastLook } from './no-last-look.ts';

const LOST = { status: 'rejected', code: 'lost', retryable: false, tokenIsDead: false } as const;

/** Activities that look right and are not. */
export const SABOTAGES: Readonly<Record<SabotageName, (deps: ActivityDependencies) => Activities>> = {
  'no-claim': withoutClaims,

  'no-last-look': withoutLastLook,

  /** What is about to be sent counts as sent. */
  'record-before-send': (deps) =>
    withRepository(deps, (repository) => ({
      exchangeAnswers: async (exchange) => {
        const exchanged = await repository.exchangeAnswers(exchange);
        const { batchKey, fence, now } = exchange;
        const outcome = { status: 'accepted', messageId: 'in advance' } as const;
        const attempts = exchanged.begun?.attempts ?? [];
        if (attempts.length > 0) {
          await repository.learnOutcomes(
            attempts.map((attempt) => ({ ...attempt, outcome, answered_at: now })),
            now,
          );
          await repository.settleClaims({ batchKey, fence, now, ...SENDING_TIMES, claims: attempts });
        }
        return exchanged;
      },
    })),

  /** No answer is taken for a no: the oldest mistake in the field. */
  'unknown-is-failure': (deps) => {
    const send: typeof deps.push.send = async (message) => {
      const result = await deps.push.send(message);
      if (result.outcome.status !== 'unknown') return result;
      return {
        ...result,
        outcome: { status: 'rejected', code: result.outcome.code, retryable: true, tokenIsDead: false },
      };
    };
    return createActivities({ ...deps, push: { ...deps.push, send } });
  },

  /** Whoever comes next believes that nothing was begun. */
  'no-fence': (deps) =>
    withRepository(deps, (repository) => ({
      becomeHolder: async (batchKey, holder) => {
        await forget(batchKey);
        return repository.becomeHolder(batchKey, holder);
      },
    })),

  /** An accepted message whose record could not be written is written off. */
  'lost-record': (deps) => {
    let pages = 0;
    const lose = (results: readonly AttemptResult[]) =>
      results.length > 0 && pages++ % 5 === 0 ? results.map((result) => ({ ...result, outcome: LOST })) : results;
    return withRepository(deps, (repository) => ({
      learnOutcomes: async (results, now) => repository.learnOutcomes(lose(results), now),
      exchangeAnswers: async (exchange) => repository.exchangeAnswers({ ...exchange, results: lose(exchange.results) }),
    }));
  },
};

function withRepository(
  deps: ActivityDependencies,
  replace: (repository: ScenarioRepository) => Partial<ScenarioRepository>,
): Activities {
  const replaced = replace(deps.repository);
  const repository = new Proxy(deps.repository, {
    get: (target, name: keyof ScenarioRepository) => replaced[name] ?? target[name],
  });
  return createActivities({ ...deps, repository });
}
