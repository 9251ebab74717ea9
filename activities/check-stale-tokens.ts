import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { DeadToken, DeviceTokenRepository, StaleToken } from '../db/device-tokens.ts';
import { DAY, HOUR, MINUTE } from '../domain/durations.ts';
import { PROBE_WITHIN } from '../domain/timing.ts';
import type { PushMessage } from '../push/push-sender.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';
import { Probe } from './probe.ts';
import type { Sending } from './sending.ts';

/** FCM calls a registration stale that has not connected for a month. */
const STALE_AFTER = 30 * DAY;
/**
 * FCM expires a registration of Android after 270 days without a connection, and says so. For iOS it relies on APNs, which
 * has no such limit, and asks senders to remove them: https://firebase.google.com/docs/cloud-messaging/manage-tokens
 */
const IOS_EXPIRES_AFTER = 270 * DAY;
const EXPIRED = 'not_seen_for_270_days';

/** In how much time all stale tokens are checked, and the longest wait between two pages: then there are few. */
const SPREAD_OVER = 6 * HOUR;
const LONGEST_WAIT = 5 * MINUTE;
const [FEWEST, MOST] = [20, 500];
/** Sorts before every id. */
const BEFORE_ALL_TOKENS = '00000000-0000-0000-0000-000000000000';

/** How a check is spread: so many tokens, then a wait. */
export interface TokenPace {
  readonly pageSize: number;
  readonly waitMs: number;
}

export interface TokenPageRequest {
  /** The token that the page comes after; null = the first. */
  readonly after: string | null;
  /** ISO instant. */
  readonly asOf: string;
  /** That of the page before; absent: this is the first, which says it. */
  readonly pace?: TokenPace;
}

export interface TokenPage {
  /** Where the next page begins; null = this was the last. */
  readonly next: string | null;
  readonly checked: number;
  readonly invalidated: number;
  /** Neither accepted nor dead: tried again next month. */
  readonly undecided: number;
  readonly pace: TokenPace;
  /** Milliseconds until the next page. */
  readonly waitMs: number;
  /** Why sending is stopped; null where it is not. */
  readonly stopped: string | null;
}

interface Findings {
  readonly dead: DeadToken[];
  undecided: number;
  /** The push service was closed meanwhile. */
  isClosed: boolean;
}

/** One page every few minutes where there are few tokens, and six hours for all where there are many. */
export function paceOf(tokens: number): TokenPace {
  const pageSize = Math.min(MOST, Math.max(FEWEST, Math.ceil(tokens / (SPREAD_OVER / LONGEST_WAIT))));
  const pages = Math.max(1, Math.ceil(tokens / pageSize));
  return { pageSize, waitMs: Math.min(LONGEST_WAIT, Math.floor(SPREAD_OVER / pages)) };
}

/**
 * Has the push service check one page of stale tokens without sending anything, and takes the dead ones out. It asks
 * whether sending is allowed, and takes its share of the rate, as sending does.
 */
export async function checkStaleTokens(
  { after, asOf, pace: given }: TokenPageRequest,
  deps: Dependencies & { readonly tokens: DeviceTokenRepository },
  settings: Pick<DispatchSettings, 'concurrency' | 'firstPauseMs'>,
  sending: Pick<Sending, 'rate' | 'gatekeeper'>,
): Promise<TokenPage> {
  const { push, repository, tokens, clock, tally } = deps;
  const before = (ms: number) => new Date(new Date(asOf).getTime() - ms);
  const notSeenSince = before(STALE_AFTER);
  const pace = given ?? paceOf(await tokens.countStale(notSeenSince));
  const nothing = { checked: 0, invalidated: 0, undecided: 0, pace, stopped: null };

  const gate = await repository.askGate(push.projectId, PROBE_WITHIN);
  if (gate.state === 'halted' || gate.state === 'closed') {
    const waitMs = Math.max(gate.wait_ms, pace.waitMs);
    return { ...nothing, next: after ?? BEFORE_ALL_TOKENS, waitMs, stopped: `${gate.state}: ${gate.reason}` };
  }
  const probe = new Probe(repository, push.projectId, sending.gatekeeper, gate.state === 'probe');
  const pageSize = probe.mayLeave ? 1 : pace.pageSize;
  const page = await tokens.staleTokens({
    notSeenSince,
    expiredSince: before(IOS_EXPIRES_AFTER),
    after: after ?? BEFORE_ALL_TOKENS,
    pageSize,
  });
  const expired = page.filter((token) => token.is_expired);
  const toAsk = page.filter((token) => !token.is_expired);
  const found: Findings = {
    dead: expired.map((token) => ({ ...token, reason: EXPIRED })),
    undecided: 0,
    isClosed: false,
  };
  const asked = await askAbout(toAsk, found, probe, deps, settings, sending);
  const invalidated = await tokens.invalidate(found.dead, clock());
  if (invalidated > 0) tally?.invalidated(invalidated);

  const counts = { checked: expired.length + asked, invalidated, undecided: found.undecided };
  const isCutShort = asked < toAsk.length;
  if (page.length < pageSize && !isCutShort) return { ...nothing, ...counts, next: null, waitMs: 0 };
  const next = (isCutShort ? toAsk[asked - 1]! : page.at(-1)!).id;
  return { ...nothing, ...counts, next, waitMs: found.isClosed ? settings.firstPauseMs : pace.waitMs };
}

/** As the rate allows, until all are asked about or the push service is closed. Returns how many were. */
async function askAbout(
  toAsk: readonly StaleToken[],
  found: Findings,
  probe: Probe,
  { push, log }: Dependencies,
  { concurrency }: Pick<DispatchSettings, 'concurrency'>,
  { rate, gatekeeper }: Pick<Sending, 'rate' | 'gatekeeper'>,
): Promise<number> {
  const limit = pLimit(concurrency);
  const isProbe = probe.mayLeave;
  if (isProbe) await probe.leaves(toAsk.length);
  const check = async (token: StaleToken) => {
    const leftAt = performance.now();
    const { outcome, trouble } = await push.validate(checkOf(token));
    const closes = isProbe ? await probe.answered(trouble, token) : await gatekeeper.answered(trouble, leftAt, token);
    found.isClosed ||= closes !== null && closes > 0 && trouble?.of !== 'platform';
    if (outcome.status === 'accepted') return;
    if (outcome.status === 'rejected' && outcome.tokenIsDead) found.dead.push({ ...token, reason: outcome.code });
    else found.undecided++;
    log.info({ device_id: token.id, code: outcome.code, outcome: outcome.status }, 'stale token was not accepted');
  };
  let asked = 0;
  while (asked < toAsk.length && !found.isClosed) {
    const { granted, waitMs } = await rate.take(toAsk.length - asked);
    if (granted === 0) await sleep(waitMs);
    await Promise.all(toAsk.slice(asked, asked + granted).map((token) => limit(() => check(token))));
    asked += granted;
  }
  return asked;
}

function checkOf({ id, token, token_kind }: StaleToken): PushMessage {
  return {
    token,
    tokenKind: token_kind,
    notificationId: 'token-check',
    deviceId: id,
    scenarioType: 'inactivity',
    text: { title: 'Token check', body: 'Never delivered: validated only.' },
    timeToLiveSeconds: 60,
  };
}
