import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { DeadToken, DeviceTokenRepository, StaleToken } from '../db/device-tokens.ts';
import { DAY } from '../domain/durations.ts';
import type { PushServiceTrouble } from '../domain/outcome.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';

/** FCM calls a token stale that has not connected for a month. */
const STALE_AFTER = 30 * DAY;
const PAGE_SIZE = 500;
/** Sorts before every id. */
export const BEFORE_ALL_TOKENS = '00000000-0000-0000-0000-000000000000';

export interface TokenPage {
  /** Where the next page begins; null = this was the last. */
  readonly next: string | null;
  readonly checked: number;
  readonly invalidated: number;
  /** Neither accepted nor dead: tried again next month. */
  readonly undecided: number;
  /** Why the rest was not asked about. */
  readonly trouble: PushServiceTrouble | null;
}

/** Has the push service check one page of stale tokens without sending anything, and takes the dead ones out. */
export async function checkStaleTokens(
  { after, asOf }: { readonly after: string; readonly asOf: Date },
  deps: Dependencies & { readonly tokens: DeviceTokenRepository },
  settings: Pick<DispatchSettings, 'concurrency' | 'messagesPerSecond'>,
): Promise<TokenPage> {
  const { push, repository, tokens, clock, log, tally } = deps;
  const notSeenSince = new Date(asOf.getTime() - STALE_AFTER);
  const page = await tokens.staleTokens({ notSeenSince, after, pageSize: PAGE_SIZE });
  await sleep(await repository.reserveRate(push.projectId, page.length, settings.messagesPerSecond));

  const limit = pLimit(settings.concurrency);
  const dead: DeadToken[] = [];
  let undecided = 0;
  let trouble: PushServiceTrouble | null = null;
  const check = async ({ id, token }: StaleToken) => {
    if (trouble) return void undecided++;
    const result = await push.validate({
      token,
      notificationId: 'token-check',
      deviceId: id,
      scenarioType: 'inactivity',
      text: { title: 'Token check', body: 'Never delivered: validated only.' },
      timeToLiveSeconds: 60,
    });
    if (result.trouble?.closes === 'at once') trouble ??= result.trouble;
    const { outcome } = result;
    if (outcome.status === 'accepted') return;
    if (outcome.status === 'rejected' && outcome.tokenIsDead) dead.push({ id, token, reason: outcome.code });
    else undecided++;
    log.info({ device_id: id, code: outcome.code, outcome: outcome.status }, 'stale token was not accepted');
  };
  await Promise.all(page.map((token) => limit(() => check(token))));
  const invalidated = await tokens.invalidate(dead, clock());
  if (invalidated > 0) tally?.invalidated(invalidated);
  return {
    next: page.length === PAGE_SIZE ? page.at(-1)!.id : null,
    checked: page.length,
    invalidated,
    undecided,
    trouble,
  };
}
