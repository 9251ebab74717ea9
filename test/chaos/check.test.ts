import { describe, expect, test } from '@jest/globals';
import { check } from '../../proof/chaos/check.ts';
import { TOKEN_MARK } from '../../proof/chaos/audience.ts';
import type { Facts, Noted } from '../../proof/chaos/facts.ts';
import type { Change } from '../../proof/chaos/people.ts';
import type { AnswerName } from '../../local/fcm-emulator/answers.ts';
import type { LedgerEntry } from '../../local/fcm-emulator/ledger.ts';

const KEY = 'a'.repeat(64);
const DUE = { user_id: 'mentor', scenario_type: 'inactivity', occurrence: '' };
const T0 = Date.parse('2026-11-20T09:00:00.000Z');

function post(atMs: number, answer: AnswerName = 'accepted', delivered = answer === 'accepted'): LedgerEntry {
  return {
    at: new Date(T0 + atMs).toISOString(),
    seq: atMs,
    project: 'p',
    token: 'token',
    notification_id: KEY,
    tag: KEY,
    apns_collapse_id: KEY,
    web_tag: KEY,
    ttl: null,
    title: null,
    body: null,
    validate_only: false,
    answer,
    delivered,
  };
}

function note(atMs: number, what: Noted['what'], state: string | null, attempt: number | null = null): Noted {
  return { what, state, attempt, claim_id: 'claim', device_id: what === 'claim' ? null : 'device', at: T0 + atMs };
}

const ATTEMPT = { claim_id: 'claim', device_id: 'device', attempt: 1, started_at: T0 + 10 };

function change(what: Change['what'], atMs: number): Change {
  return { what, user_id: 'mentor', scenario_type: what === 'opted out' ? 'inactivity' : null, committedAt: T0 + atMs };
}

/** One mentor with one device, told once, as it should be. */
function sentOnce(changes: Partial<Facts> = {}): Facts {
  return {
    due: [DUE],
    dueAfterwards: [DUE],
    changes: [],
    halts: [],
    checkAgainAfterMs: 1_000,
    posts: [post(20)],
    claims: [
      {
        id: 'claim',
        idempotency_key: KEY,
        ...DUE,
        state: 'sent',
        release_reason: null,
        is_withdrawn: false,
        batch_key: 'batch',
      },
    ],
    attempts: [{ ...ATTEMPT, outcome: 'accepted', error_code: null }],
    journal: [
      note(0, 'claim', 'open'),
      note(10, 'begun', null, 1),
      note(30, 'outcome', 'accepted', 1),
      note(40, 'claim', 'sent'),
    ],
    records: [{ idempotency_key: KEY, ...DUE, delivery_status: 'sent' }],
    log: [{ idempotency_key: 'log', user_id: 'mentor', status: 'delivered', expected_for: 'sent' }],
    runs: [],
    devices: [{ id: 'device', user_id: 'mentor', invalidated: false }],
    tokens: [{ token: 'token', device_id: 'device', user_id: 'mentor' }],
    texts: new Map([['worker-1.log', 'all is well']]),
    ...changes,
  };
}

/** The first post's answer was lost, the second was accepted. */
function sentAgain(changes: Partial<Facts> = {}): Facts {
  return sentOnce({
    posts: [post(20, 'reset_after_accept', true), post(200)],
    attempts: [
      { ...ATTEMPT, outcome: 'unknown', error_code: 'app/network-error' },
      { ...ATTEMPT, attempt: 2, started_at: T0 + 150, outcome: 'accepted', error_code: null },
    ],
    journal: [
      note(0, 'claim', 'open'),
      note(10, 'begun', null, 1),
      note(100, 'outcome', 'unknown', 1),
      note(150, 'begun', null, 2),
      note(250, 'outcome', 'accepted', 2),
      note(260, 'claim', 'sent'),
    ],
    ...changes,
  });
}

const rules = (facts: Facts, policy: 'resend' | 'hold' = 'resend') => [
  ...new Set(check(facts, policy).violations.map(({ rule }) => rule)),
];

test('what went well breaks no rule', () => {
  expect(check(sentOnce(), 'hold')).toMatchObject({ due: 1, sentOnce: 1, sentAgain: 0, missed: 0, violations: [] });
});

describe('a second post', () => {
  test('is explained by an unknown that was committed before it', () => {
    expect(check(sentAgain(), 'resend')).toMatchObject({ sentOnce: 0, sentAgain: 1, unexplained: 0, violations: [] });
  });

  test('is not explained by an unknown that was committed after it', () => {
    const late = sentAgain().journal.map((each) => (each.state === 'unknown' ? { ...each, at: T0 + 201 } : each));
    expect(check(sentAgain({ journal: late }), 'resend')).toMatchObject({ sentAgain: 0, unexplained: 1 });
  });

  test('needs no explanation after a definite no', () => {
    const facts = sentAgain({
      posts: [post(20, 'quota'), post(200)],
      journal: sentAgain().journal.map((each) => (each.state === 'unknown' ? { ...each, state: 'rejected' } : each)),
    });
    expect(check(facts, 'hold')).toMatchObject({ sentOnce: 1, sentAgain: 0, violations: [] });
  });

  test('is never right under hold', () => {
    expect(rules(sentAgain(), 'hold')).toEqual(['posted again under hold']);
  });

  test('without an attempt of its own is reported', () => {
    expect(rules(sentOnce({ posts: [post(20), post(25)] }))).toContain('more posts than attempts');
  });
});

describe('reported is', () => {
  const held = { claims: [{ ...sentOnce().claims[0]!, state: 'held' }], log: [] };
  test.each<[string, Partial<Facts>]>([
    ['post without a claim', { claims: [] }],
    [
      'post before its claim was committed',
      { journal: sentOnce().journal.map((each) => (each.what === 'claim' ? { ...each, at: T0 + 21 } : each)) },
    ],
    [
      'post before its attempt was committed',
      { journal: sentOnce().journal.map((each) => (each.what === 'begun' ? { ...each, at: T0 + 21 } : each)) },
    ],
    ['post without its tag', { posts: [{ ...post(20), tag: 'another' }] }],
    ['claim left unsettled', { claims: [{ ...sentOnce().claims[0]!, state: 'unknown' }] }],
    ['attempt left undecided', { attempts: [{ ...sentOnce().attempts[0]!, outcome: null }] }],
    ['delivered without a record', { records: [] }],
    ['recorded as sent, never delivered', { posts: [] }],
    [
      'several records of one notification',
      { records: [sentOnce().records[0]!, { ...sentOnce().records[0]!, idempotency_key: 'b'.repeat(64) }] },
    ],
    ['record and claim differ', held],
    ['told without being due', { due: [] }],
    ['missed', { records: [], posts: [], claims: [], attempts: [], journal: [], log: [] }],
    ['log and records differ', { log: [] }],
    ['log disagrees with its claim', { log: [{ ...sentOnce().log[0]!, status: 'failed' }] }],
    ['token invalidated without cause', { devices: [{ id: 'device', user_id: 'mentor', invalidated: true }] }],
    ['begun although opted out', { changes: [change('opted out', 9)] }],
    ['begun although deactivated', { changes: [change('deactivated', 9)] }],
    ['begun although halted', { halts: [{ committedAt: T0 + 9, endingAt: T0 + 11 }] }],
    [
      'withdrawn without a cause',
      { claims: [{ ...sentOnce().claims[0]!, state: 'released', release_reason: 'opted_out', is_withdrawn: true }] },
    ],
    ['device token in the open', { texts: new Map([['worker-1.log', `sending to ${TOKEN_MARK}-1`]]) }],
  ])('%s', (rule, changes) => {
    expect(rules(sentOnce(changes))).toContain(rule);
  });

  test.each([
    ['candidates do not add up', { candidates: 2 }],
    ['claimed does not add up', { sent: 0 }],
    ['run not finished', { finished: false }],
    ['run count is behind its claims', { claims_sent: 0, claims_failed: 1 }],
    ['run count is behind its claims', { claims_sent: 0, claims_withdrawn: 1 }],
  ])('%s', (rule, changes) => {
    const run = {
      workflow_id: 'sweep',
      scenario_type: 'inactivity',
      finished: true,
      candidates: 3,
      suppressed: { cooldown: 2 },
      claimed: 1,
      sent: 1,
      failed: 0,
      unknown: 0,
      claims_sent: 1,
      claims_failed: 0,
      deferred: 0,
      withdrawn: 0,
      claims_unknown: 0,
      claims_withdrawn: 0,
    };
    expect(rules(sentOnce({ runs: [run] }))).toEqual([]);
    expect(rules(sentOnce({ runs: [{ ...run, ...changes }] }))).toContain(rule);
  });
});

test('a mentor whose every device refused for good was not missed', () => {
  const refused = sentOnce({
    posts: [post(20, 'invalid_argument')],
    records: [],
    log: [],
    claims: [{ ...sentOnce().claims[0]!, state: 'released' }],
  });
  expect(check(refused, 'resend')).toMatchObject({ refused: 1, missed: 0, violations: [] });
});

test('a mentor with a device that was not asked was missed', () => {
  const another = { id: 'another', user_id: 'mentor', invalidated: false };
  const refused = sentOnce({
    posts: [post(20, 'invalid_argument')],
    records: [],
    log: [],
    devices: [...sentOnce().devices, another],
    claims: [{ ...sentOnce().claims[0]!, state: 'released' }],
  });
  expect(check(refused, 'resend')).toMatchObject({ refused: 0, missed: 1 });
});

describe('a change that was committed while notifications were on their way', () => {
  const withdrawn = (reason: string) =>
    sentOnce({
      dueAfterwards: [],
      posts: [],
      attempts: [],
      records: [],
      log: [],
      claims: [{ ...sentOnce().claims[0]!, state: 'released', release_reason: reason, is_withdrawn: true }],
    });

  test('at the very millisecond at which an attempt began may not have been seen by it', () => {
    expect(rules(sentOnce({ changes: [change('opted out', 10)] }))).toEqual([]);
  });

  test('is an opt-out from one scenario type, and not from another', () => {
    const another = { ...change('opted out', 9), scenario_type: 'milestone' };
    expect(rules(sentOnce({ changes: [another] }))).toEqual([]);
  });

  test('of which nobody knows whether it was committed accuses nobody', () => {
    expect(rules(sentOnce({ changes: [{ ...change('opted out', 9), committedAt: null }] }))).toEqual([]);
  });

  test('by an activity counts once the claim must have been evaluated again', () => {
    expect(rules(sentOnce({ changes: [change('active again', -990)] }))).toEqual([]);
    expect(rules(sentOnce({ changes: [change('active again', -991)] }))).toEqual(['begun although active again']);
  });

  test('explains why a mentor was not told', () => {
    const facts = { ...withdrawn('opted_out'), changes: [change('opted out', 9)] };
    expect(check(facts, 'resend')).toMatchObject({ withdrawn: 1, missed: 0, violations: [] });
  });

  test('explains nothing where they are due in the end', () => {
    const facts = { ...withdrawn('opted_out'), dueAfterwards: [DUE], changes: [change('opted out', 9)] };
    expect(check(facts, 'resend')).toMatchObject({ withdrawn: 0, missed: 1 });
  });
});
