import { setTimeout as sleep } from 'node:timers/promises';
import { env } from 'node:process';
import { createActivities as create, type ActivityDependencies } from '../../activities/create-activities.ts';
import type { ScenarioRepository } from '../../db/scenario-repository.ts';
import { createFirebaseSender } from '../../push/firebase-sender.ts';
import type { PushResult, PushSender } from '../../push/push-sender.ts';
import { Points } from './points.ts';
import { SABOTAGES } from './sabotage/all.ts';
import { readSettings, type Point } from './settings.ts';

const settings = readSettings();
const points = new Points(settings);
const short = settings.timing === 'short';

/** What the worker gets in place of the service's own: the same activities, over a world with named points in it. */
export function createActivities(given: ActivityDependencies) {
  const deps: ActivityDependencies = {
    ...given,
    settings: {
      ...given.settings,
      pageSize: settings.pageSize,
      concurrency: settings.concurrency,
      ...(short && { leaseMs: 2_000, oldHolderGraceMs: 2_500 }),
    },
    push: pushWithPoints(short ? impatientSender(given.push) : given.push),
    repository: repositoryWithPoints(given.repository),
  };
  return settings.sabotage ? SABOTAGES[settings.sabotage](deps) : create(deps);
}

const AROUND: Readonly<Partial<Record<keyof ScenarioRepository, { readonly before?: Point; readonly after?: Point }>>> =
  {
    evaluateAndClaim: { before: 'before_claim', after: 'after_claim' },
    beginAttempts: { after: 'after_begin' },
    learnOutcomes: { before: 'after_answer', after: 'after_outcome' },
    deliveryCounts: { after: 'before_report' },
  };

function repositoryWithPoints(repository: ScenarioRepository): ScenarioRepository {
  return new Proxy(repository, {
    get(target, name: keyof ScenarioRepository) {
      const method = target[name] as (...args: unknown[]) => unknown;
      if (typeof method !== 'function') return method;
      if (name === 'settleClaims') return settleWithPoint(target);
      const around = AROUND[name];
      if (!around) return method.bind(target);
      return async (...args: unknown[]) => {
        if (around.before) points.pass(around.before);
        const result = await method.apply(target, args);
        if (around.after && !isEmpty(result)) points.pass(around.after);
        return result;
      };
    },
  });
}

/** Only a settling that wrote something is "after the record". */
function settleWithPoint(repository: ScenarioRepository): ScenarioRepository['settleClaims'] {
  return async (request) => {
    const settled = await repository.settleClaims(request);
    if (settled.recorded > 0) points.pass('after_record');
    return settled;
  };
}

function isEmpty(result: unknown): boolean {
  return Array.isArray(result) && result.length === 0;
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
      return short ? shortPause(result) : result;
    },
  };
}

/** Twenty seconds without an answer become one and a half. */
function impatientSender({ projectId, close }: PushSender): PushSender {
  const own = createFirebaseSender({
    projectId,
    emulatorHost: env['FIREBASE_MESSAGING_EMULATOR_HOST'],
    deadlineMs: 1_500,
  });
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

/** The minute that FCM asks for without a Retry-After becomes a second. */
function shortPause(result: PushResult): PushResult {
  return result.pause?.retryAfterMs === 60_000
    ? { ...result, pause: { ...result.pause, retryAfterMs: 1_000 } }
    : result;
}
