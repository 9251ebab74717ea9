import { setTimeout as sleep } from 'node:timers/promises';
import { startNotifications } from '../../../client/notifications.ts';
import { connect } from '../../../db/connect.ts';
import { ScenarioRepository } from '../../../db/scenario-repository.ts';
import { MINUTE, SECOND } from '../../../domain/durations.ts';
import type { FaultRates } from '../../../local/fcm-emulator/faults.ts';
import type { Children } from '../children.ts';
import type { Policy } from '../plan.ts';
import type { Stack } from '../stack.ts';
import { Scene } from './scene.ts';

export interface Measured {
  readonly scenario: string;
  readonly goal: string;
  readonly is_met: boolean;
  readonly measured: Readonly<Record<string, number | boolean | readonly number[]>>;
}

type Play = (stack: Stack, children: Children) => Promise<Measured>;

const RETRY_AFTER = 20;

/** Three in a hundred, of all kinds. */
const ORDINARY: FaultRates = {
  unavailable: 0.006,
  unavailable_but_delivered: 0.004,
  reset_after_accept: 0.006,
  truncated: 0.004,
  internal: 0.004,
  bad_gateway: 0.004,
  hang: 0.001,
  hang_but_delivered: 0.001,
};

/** A minute of 503 with Retry-After in the middle of a sweep. */
const outage =
  (policy: Policy): Play =>
  (stack, children) =>
    Scene.play(
      stack,
      children,
      { name: `outage_${policy}`, workers: 2, policy, latencyMs: 50, times: 3.45, idle: 110 },
      async (scene) => {
        const sweep = await scene.sweep({ mentorsPerBatch: 250 });
        await scene.until(() => scene.posts().length >= 100, MINUTE, 20);
        await scene.emulator.setFaults({ unavailable: 1 }, { retry_after: RETRY_AFTER });
        await sleep(MINUTE);
        await scene.emulator.setFaults();
        const backAt = Date.now();
        const isSettled = await scene.until(async () => (await scene.claims()).waiting === 0, 5 * MINUTE);
        const settledAfter = Date.now() - backAt;
        const hasEnded = await scene.untilEnded([sweep], 5 * MINUTE);
        const refused = scene.posts().filter((post) => post.answer === 'unavailable').length;
        const { sent, held } = await scene.claims();
        return {
          scenario: `a minute of 503 with Retry-After: ${RETRY_AFTER}, two workers, on_unknown ${policy}`,
          goal:
            policy === 'resend'
              ? 'at most 50 requests while it is out, none held, all sent within two minutes after it is back'
              : 'held is at most what was on the wire, all others are sent',
          is_met:
            isSettled &&
            hasEnded &&
            (policy === 'resend'
              ? refused <= 50 && held === 0 && sent === scene.due && settledAfter <= 2 * MINUTE
              : refused <= 50 && held <= refused && sent + held === scene.due),
          measured: {
            due: scene.due,
            requests_while_out: refused,
            held,
            sent,
            settled_seconds_after: seconds(settledAfter),
            sweep_ended: hasEnded,
          },
        };
      },
    );

/**
 * Two workers, and kills: of one or the other at any time, or of one of them soon after each of its starts, so that it takes
 * work over and dies with it.
 */
const crashes =
  (
    name: string,
    everyMs: readonly [number, number],
    which: 'any' | 'first',
    times: number,
    goalSeconds: number | null,
  ): Play =>
  (stack, children) =>
    Scene.play(stack, children, { name, workers: 2, rates: ORDINARY, times }, async (scene) => {
      const began = performance.now();
      const sweep = await scene.sweep({ mentorsPerBatch: 250 });
      const loop = scene.crashLoop(everyMs, which);
      const sentAfter: number[] = [];
      const watch = setInterval(
        () =>
          void scene.claims().then(
            ({ sent }) => sentAfter.push(sent),
            () => {},
          ),
        10 * SECOND,
      );
      const hasEnded = await scene.untilEnded([sweep], 5 * MINUTE);
      const took = performance.now() - began;
      clearInterval(watch);
      const atEnd = await scene.claims();
      await loop.end();
      await scene.until(async () => (await scene.claims()).waiting === 0, 2 * MINUTE);
      const { sent, failed, held } = await scene.claims();
      const { asked, shown } = scene.repeated();
      const [least, most] = everyMs.map((ms) => ms / SECOND);
      // In every ten seconds something was sent, but for the first, of evaluating, and the last ones: what is left by then
      // waits for its next attempt.
      const getsOn = sentAfter.every((n, i) => i === 0 || n > sentAfter[i - 1]! || n + 20 >= scene.due);
      return {
        scenario: `two workers, ${
          which === 'any'
            ? `one or the other killed every ${least} to ${most} s`
            : `one killed ${least} to ${most} s after each of its starts`
        }, 3 % faults, answers after 20 ms`,
        goal:
          goalSeconds === null
            ? 'it gets on all the time, and ends'
            : `at most 60 sent more than once, the sweep is over within ${goalSeconds} s`,
        is_met:
          hasEnded &&
          sent + failed + held === scene.due &&
          (goalSeconds === null ? getsOn : asked <= 60 && took <= goalSeconds * SECOND),
        measured: {
          due: scene.due,
          kills: scene.kills,
          sweep_ended: hasEnded,
          sweep_seconds: seconds(took),
          sent_after_each_10_s: sentAfter,
          waiting_when_it_ended: atEnd.waiting,
          sent,
          held,
          sent_more_than_once: asked,
          shown_more_than_once: shown,
        },
      };
    });

/** Four sweeps of one instant keep one worker busy; somebody is told something beside them. */
const crowd: Play = (stack, children) =>
  Scene.play(stack, children, { name: 'crowd', workers: 1, times: 4 }, async (scene) => {
    const began = performance.now();
    const input = {
      mentorsPerBatch: 30,
      concurrency: 8,
      scenarioTypes: ['inactivity', 'milestone', 'certification_expiry'],
    };
    const sweeps = await Promise.all([1, 2, 3, 4].map(() => scene.sweep(input)));
    const { rows } = await scene.pool.query<{ user_id: string }>(
      `select a.user_id from activities a join device_tokens t using (user_id)
       group by a.user_id having max(a.activity_date) - min(a.activity_date) > 40 order by a.user_id limit 10`,
    );
    const repository = new ScenarioRepository(connect(scene.pool));
    const waited: number[] = [];
    for (const { user_id } of rows) {
      await sleep(SECOND);
      const askedAt = Date.now();
      const request = { userId: user_id, scenarioType: 'welcome_back', asOf: new Date() } as const;
      const [start] = await startNotifications(stack.client, repository, request);
      await start?.result?.();
      const post = scene.posts().find((each) => each.notification_id === start?.candidate.idempotency_key);
      waited.push(post ? Date.parse(post.at) - askedAt : Number.POSITIVE_INFINITY);
    }
    const hasEnded = await scene.untilEnded(sweeps, 5 * MINUTE);
    const took = performance.now() - began;
    const { sent, waiting } = await scene.claims();
    return {
      scenario: 'four sweeps of one instant, concurrency 8, batches of 30 mentors, one worker',
      goal: 'all end; a notification beside them is sent within 2 s',
      is_met: hasEnded && waiting === 0 && waited.length > 0 && waited.every((ms) => ms <= 2 * SECOND),
      measured: {
        sent,
        sweeps_ended: hasEnded,
        sweeps_seconds: seconds(took),
        notify_milliseconds: waited,
        shown_more_than_once: scene.repeated().shown,
      },
    };
  });

/** One 429 in the middle of several batches. */
const quota: Play = (stack, children) =>
  Scene.play(stack, children, { name: 'quota', workers: 2, latencyMs: 50, times: 4 }, async (scene) => {
    const pauseSeconds = 10;
    const { rows } = await scene.pool.query<{ token: string }>(
      `select t.token from device_tokens t join activities a using (user_id)
       group by t.token, t.user_id having max(a.activity_date) < current_date - 40 order by t.user_id offset 80 limit 1`,
    );
    await scene.emulator.script(rows[0]!.token, { answer: 'quota', retry_after: pauseSeconds });
    const sweep = await scene.sweep({ mentorsPerBatch: 250, concurrency: 8 });
    const hasEnded = await scene.untilEnded([sweep], 5 * MINUTE);
    await scene.until(async () => (await scene.claims()).waiting === 0, MINUTE);
    const posts = scene.posts();
    const refusal = posts.find((post) => post.answer === 'quota');
    const after = posts
      .filter((post) => refusal && post.seq > refusal.seq)
      .map((post) => Date.parse(post.at) - Date.parse(refusal!.at));
    const inPause = after.filter((ms) => ms < pauseSeconds * SECOND);
    const { sent, failed } = await scene.claims();
    return {
      scenario: `429 with Retry-After: ${pauseSeconds} in one batch of several, two workers`,
      goal: 'one pause for the project: until it is over nothing leaves but what was in flight',
      // Two windows of eight, and one answer of 50 ms to learn of it.
      is_met: hasEnded && refusal !== undefined && inPause.length <= 16 && inPause.every((ms) => ms <= SECOND),
      measured: {
        due: scene.due,
        requests_before: refusal ? refusal.seq - 1 : 0,
        requests_in_pause: inPause.length,
        last_of_them_ms_after: Math.max(0, ...inPause),
        first_after_pause_ms: Math.min(...after.filter((ms) => ms >= pauseSeconds * SECOND)),
        sent,
        failed,
        sweep_ended: hasEnded,
      },
    };
  });

/** By name, in the order in which they are played. */
export const WEATHER = {
  'outage-resend': outage('resend'),
  'outage-hold': outage('hold'),
  crashes: crashes('crashes', [4_000, 12_000], 'any', 4.75, 120),
  'crash-loop': crashes('crash_loop', [750, 2_250], 'first', 6.95, null),
  crowd,
  quota,
} as const satisfies Record<string, Play>;
export type WeatherName = keyof typeof WEATHER;

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
