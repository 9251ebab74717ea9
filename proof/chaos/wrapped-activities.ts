import { setTimeout as sleep } from 'node:timers/promises';
import { env } from 'node:process';
import {
  createActivities as create,
  type Activities,
  type ActivityDependencies,
} from '../../activities/create-activities.ts';
import type { ScenarioRepository } from '../../db/scenario-repository.ts';
import { createFirebaseSender } from '../../push/firebase-sender.ts';
import type { PushResult, PushSender } from '../../push/push-sender.ts';
import { Points } from './points.ts';
import { SABOTAGES } from './sabotage/all.ts';
import { readSettings, type Point } from './settings.ts';

const { times, ...settings } = readSettings();
const { answerDeadlineMs, quotaPauseMs, strandedAfterSeconds, ...sendingTimes } = times;
const points = new Points(settings);

/** What the worker gets in place of the service's own: the same activities, over a world with named points in it. */
export function createActivities(given: ActivityDependencies): Activities {
  const deps: ActivityDependencies = {
    ...given,
    settings: { ...given.settings, concurrency: settings.concurrency, ...sendingTimes },
    push: pushWithPoints(answerDeadlineMs === undefined ? given.push : impatientSender(given.push, answerDeadlineMs)),
    repository: repositoryWithPoints(given.repository),
  };
  const activities = settings.sabotage ? SABOTAGES[settings.sabotage](deps) : create(deps);
  return {
    ...activities,
    // The workflow asks for what is older than two minutes: as long as a whole run.
    findStrandedBatches: (request) =>
      activities.findStrandedBatches({ claimedBeforeSeconds: strandedAfterSeconds ?? request.claimedBeforeSeconds }),
  };
}

type Around = { readonly before?: Point; readonly after?: Point };
const AROUND: Readonly<Partial<Record<keyof ScenarioRepository, Around>>> = {
  evaluateAndClaim: { before: 'before_claim', after: 'after_claim' },
  learnOutcomes: { before: 'after_answer', after: 'after_outcome' },
  sumFinishedRuns: { before: 'before_report' },
};

function repositoryWithPoints(repository: ScenarioRepository): ScenarioRepository {
  return new Proxy(repository, {
    get(target, name: keyof ScenarioRepository) {
      const method = target[name] as (...args: unknown[]) => unknown;
      if (typeof method !== 'function') return method;
      if (name === 'exchangeAnswers') return exchangeWithPoints(target);
      if (name === 'settleClaims') return settleWithPoint(target);
      const around = AROUND[name];
      if (!around) return method.bind(target);
      return async (...args: unknown[]) => {
        if (around.before) points.pass(around.before);
        const result = await method.apply(target, args);
        if (around.after) points.pass(around.after);
        return result;
      };
    },
  });
}

/** One transaction that writes what was learned and begins what is next. */
function exchangeWithPoints(repository: ScenarioRepository): ScenarioRepository['exchangeAnswers'] {
  return async (exchange) => {
    const hasResults = exchange.results.length > 0;
    if (hasResults) points.pass('after_answer');
    const exchanged = await repository.exchangeAnswers(exchange);
    if (hasResults) points.pass('after_outcome');
    if (exchanged.begun && exchanged.begun.attempts.length > 0) points.pass('after_begin');
    return exchanged;
  };
}

/** Only a settling that wrote something is "after the record". */
function settleWithPoint(repository: ScenarioRepository): ScenarioRepository['settleClaims'] {
  return async (request) => {
    const settled = await repository.settleClaims(request);
    if (settled.recorded > 0) points.pass('after_record');
    return settled;
  };
}

function pushWithPoints(push: PushSender): PushSender {
  return {
    projectId: push.projectId,
    validate: (message) => push.validate(message),
    close: () => push.close(),
    send: async (message) => {
      const answer = push.send(message);
      if (points.isArmed('mid_request')) {
        await sleep(settings.latencyMs / 2);
        points.pass('mid_request');
      }
      const result = await answer;
      return quotaPauseMs === undefined ? result : shortPause(result, quotaPauseMs);
    },
  };
}

/** Does not wait twenty seconds for an answer. */
function impatientSender({ projectId, close }: PushSender, deadlineMs: number): PushSender {
  const own = createFirebaseSender({ projectId, emulatorHost: env['FIREBASE_MESSAGING_EMULATOR_HOST'], deadlineMs });
  return {
    projectId,
    send: (message) => own.send(message),
    validate: (message) => own.validate(message),
    close: async () => {
      await own.close();
      await close();
    },
  };
}

/** The minute that FCM asks for without a Retry-After. */
function shortPause({ outcome, trouble }: PushResult, pauseMs: number): PushResult {
  return {
    outcome,
    ...(trouble && { trouble: trouble.retryAfterMs === 60_000 ? { ...trouble, retryAfterMs: pauseMs } : trouble }),
  };
}
