import { createActivities, type Activities, type ActivityDependencies } from '../../../activities/create-activities.ts';
import type { ScenarioRepository } from '../../../db/scenario-repository.ts';
import type { SabotageName } from './names.ts';
import { withoutClaims } from './no-claim.ts';

/** Activities that look right and are not. */
export const SABOTAGES: Readonly<Record<SabotageName, (deps: ActivityDependencies) => Activities>> = {
  'no-claim': withoutClaims,

  /** What is about to be sent counts as sent. */
  'record-before-send': (deps) =>
    withRepository(deps, (repository) => ({
      beginAttempts: async (page) => {
        const attempts = await repository.beginAttempts(page);
        const outcome = { status: 'accepted', messageId: 'in advance' } as const;
        if (attempts.length > 0)
          await repository.learnOutcomes(
            attempts.map((attempt) => ({ ...attempt, outcome, answered_at: page.now })),
            page.now,
          );
        await repository.settleClaims({ ...page, maxAttempts: 5, giveUpBefore: new Date(0) });
        return attempts;
      },
    })),

  /** No answer is taken for a no: the oldest mistake in the field. */
  'unknown-is-failure': (deps) => {
    const send: typeof deps.push.send = async (message) => {
      const result = await deps.push.send(message);
      if (result.outcome.status !== 'unknown') return result;
      return { outcome: { status: 'rejected', code: result.outcome.code, retryable: true, tokenIsDead: false } };
    };
    return createActivities({ ...deps, push: { ...deps.push, send } });
  },

  /** Whoever comes next believes that nothing was begun. */
  'no-fence': (deps) =>
    withRepository(deps, (repository) => ({
      takeOver: async (batchKey, now) => {
        await forgetBegun(repository, batchKey);
        return repository.takeOver(batchKey, now);
      },
    })),

  /** An accepted message whose record could not be written is written off. */
  'lost-record': (deps) => {
    let page = 0;
    return withRepository(deps, (repository) => ({
      learnOutcomes: async (results, now) => {
        const outcome = { status: 'rejected', code: 'lost', retryable: false, tokenIsDead: false } as const;
        return repository.learnOutcomes(
          page++ % 5 === 0 ? results.map((result) => ({ ...result, outcome })) : results,
          now,
        );
      },
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

/** There is no such statement in the service; the attempts of a lost holder are called never sent. */
async function forgetBegun(repository: ScenarioRepository, batchKey: string): Promise<void> {
  const { forget } = await import('./forget.ts');
  await forget(repository, batchKey);
}
