import { describe, expect, test } from '@jest/globals';
import type { ScenarioAccount } from '../../domain/explanation/account.ts';
import { sentencesAbout } from '../../domain/explanation/sentences.ts';
import type { Wait } from '../../domain/explanation/wait.ts';

const asOf = '2026-11-21T09:00:00.000Z';

const quiet = (days: number, rest: Record<string, unknown> = {}) => ({
  occurrence: '',
  due: days >= 30,
  due_at: days >= 30 ? null : '2026-12-07T23:00:00.000Z',
  facts: {
    last_activity: '2026-11-08',
    days_since_last_activity: days,
    inactive_days: 30,
    reminders_since_last_activity: 0,
    max_reminders: 3,
    ...rest,
  },
});

function account(values: Partial<ScenarioAccount> = {}): ScenarioAccount {
  return {
    scenarioType: 'inactivity',
    asOf,
    timezone: 'Europe/Oslo',
    verdict: 'not_due',
    reason: null,
    rule: { scope: 'chapter', cooldownMinutes: 20160, startsOn: null, fault: null },
    policy: { maxNotifications: null, perDays: 7 },
    hasBeenActive: true,
    potential: [quiet(13)],
    sendAt: null,
    nextEligibleAt: null,
    keptUntil: null,
    next: null,
    halt: null,
    lastNotified: null,
    unsent: null,
    ...values,
  };
}

const said = (values: Partial<ScenarioAccount>) => sentencesAbout(account(values)).join(' ');
const nextEligibleAt = '2026-12-07T23:00:00.000Z';
const next = { at: '2026-12-08T11:07:00.000Z', sendAt: null, isPaused: false };
const claimedAt = '2026-11-21T08:07:00.000Z';

describe('a mentor who is not due', () => {
  test('hears what the rule waits for, and when it is evaluated next', () => {
    expect(said({ nextEligibleAt, next })).toBe(
      "Not told: last active 13 days ago, their chapter's rule waits for 30; next on 8 December, 12:07 in Oslo.",
    );
  });

  test('gets the day where nobody knows the Schedule', () => {
    expect(said({ nextEligibleAt })).toMatch(/; next on 8 December\.$/);
  });

  test('is told when their hours begin, and that the Schedule is paused', () => {
    expect(said({ nextEligibleAt, next: { ...next, sendAt: '2026-12-09T07:00:00.000Z', isPaused: true } })).toMatch(
      /; next on 9 December, 08:00 in Oslo, when their hours begin, if its Schedule is resumed: it is paused\.$/,
    );
  });

  test.each([
    ['organization', "their organisation's rule waits for 30"],
    ['default', 'the default rule waits for 30'],
  ] as const)('under the rule of %s reads %s', (scope, words) => {
    expect(said({ rule: { ...account().rule, scope } })).toContain(words);
  });

  test('who was never active has joined instead', () => {
    expect(said({ hasBeenActive: false })).toMatch(/^Not told: joined 13 days ago and not active since, /);
  });

  test('after the last reminder waits for activity, and until the cooldown ends', () => {
    const potential = [{ ...quiet(90, { reminders_since_last_activity: 3 }), due: false }];
    expect(said({ potential, keptUntil: '2026-12-01T11:07:00.000Z' })).toBe(
      "Not told: last active 90 days ago, and reminded 3 times since; their chapter's rule allows 3; next when they have been active again, and not before 1 December, 12:07 in Oslo.",
    );
  });

  test('because it arose before starts_on is told so', () => {
    const potential = [{ ...quiet(40), due: false }];
    expect(said({ potential, rule: { ...account().rule, startsOn: '2026-11-20' } })).toContain(
      "last active 40 days ago; their chapter's rule counts only what arises from 20 November on; next when",
    );
  });
});

describe('a mentor who is due', () => {
  const due = { verdict: 'send', potential: [quiet(40)] } as const;

  test('is told by the next evaluation', () => {
    expect(said({ ...due, next })).toBe(
      "Due: last active 40 days ago, their chapter's rule waits for 30; told by the next evaluation, on 8 December, 12:07 in Oslo.",
    );
    expect(said(due)).toMatch(/; told by the next evaluation\.$/);
    expect(said({ ...due, sendAt: '2026-11-22T07:00:00.000Z' })).toMatch(
      /; told on 22 November, 08:00 in Oslo, when their hours begin\.$/,
    );
  });

  test('waits for the end of a halt', () => {
    expect(said({ ...due, next, halt: 'wrong text' })).toMatch(
      /; all sending is halted \("wrong text"\) until somebody ends the halt\.$/,
    );
  });

  test.each([
    ['opted_out', 'Not told: opted out of inactivity; next when they opt in again.'],
    [
      'no_device_token',
      "Not told: last active 40 days ago, their chapter's rule waits for 30, but no device of theirs can be reached; next when their app registers one.",
    ],
    [
      'cooldown',
      "Not told: last told on 19 November, 13:00 in Oslo, their chapter's rule waits 14 days after each; next on 8 December, 12:07 in Oslo.",
    ],
    [
      'capped',
      'Not told: their policy allows 2 notifications in 7 days, and no more has room; next on 8 December, 12:07 in Oslo.',
    ],
  ])('and suppressed as %s: %s', (reason, words) => {
    const lastNotified = { at: '2026-11-19T12:00:00.000Z', isSure: true };
    const policy = { maxNotifications: 2, perDays: 7 };
    expect(said({ ...due, verdict: 'suppressed', reason, policy, nextEligibleAt, next, lastNotified })).toBe(words);
  });
});

describe('a mentor who was told today', () => {
  const today = { verdict: 'suppressed', reason: 'already_sent', potential: [quiet(40)] } as const;

  test('hears when they may next be told', () => {
    const lastNotified = { at: claimedAt, isSure: true };
    expect(said({ ...today, lastNotified, nextEligibleAt, next })).toBe(
      'Told today at 09:07 in Oslo; next on 8 December, 12:07 in Oslo.',
    );
    expect(said({ ...today, lastNotified, nextEligibleAt })).toMatch(/; next on 8 December\.$/);
  });

  test('may have been, where the outcome is unknown and an operator has to decide', () => {
    const wait: Wait = { for: 'decision', until: null, reason: null };
    const lastNotified = { at: claimedAt, isSure: false };
    expect(said({ ...today, lastNotified, nextEligibleAt, unsent: { claimedAt, wait } })).toBe(
      'May have been told today at 09:07 in Oslo; next on 8 December. The notification claimed today at 09:07 in Oslo waits: it may have arrived, and an operator has to decide whether it did ("scenario-push held settle" or "held release").',
    );
  });
});

describe('a notification that is claimed and not sent', () => {
  test.each<[Wait, string]>([
    [
      { for: 'end_of_halt', until: null, reason: 'wrong text' },
      'Not told yet: all sending is halted ("wrong text") until somebody ends the halt.',
    ],
    [
      { for: 'brake', until: '2026-11-21T15:00:00.000Z', reason: 'about 4812 instead of 130' },
      'Not told yet: its sweep is braked (about 4812 instead of 130) until somebody resumes or stops it; without an answer it is withdrawn on 21 November, 16:00 in Oslo.',
    ],
    [
      { for: 'hours', until: '2026-11-22T07:00:00.000Z', reason: null },
      'Not told yet: their hours begin on 22 November, 08:00 in Oslo.',
    ],
    [
      { for: 'push_service', until: '2026-11-21T09:01:00.000Z', reason: 'quota' },
      'Not told yet: the push service is closed (quota), tried next on 21 November, 10:01 in Oslo or later.',
    ],
    [
      { for: 'next_attempt', until: '2026-11-21T09:01:00.000Z', reason: null },
      'Not told yet: tried next on 21 November, 10:01 in Oslo.',
    ],
    [{ for: 'worker', until: null, reason: null }, 'Not told yet: tried as soon as a worker takes it up.'],
  ])('waits for %j', (wait, words) => {
    expect(said({ verdict: 'suppressed', reason: 'in_flight', unsent: { claimedAt, wait } })).toBe(words);
  });

  test.each([
    ['opted_out', 'withdrawn: opted out meanwhile; they have to opt in again.'],
    ['recalled', 'withdrawn: recalled by an operator; the next evaluation claims it again if it is still due.'],
    ['no_longer_due', 'withdrawn: no longer due; it has to be due again.'],
  ])('and was released as %s says what happens next', (released, words) => {
    expect(said({ unsent: { claimedAt, released } })).toMatch(
      new RegExp(`\\. The notification claimed today at 09:07 in Oslo was ${words}$`),
    );
  });
});

describe('a scenario that is off', () => {
  test.each([
    ['disabled', "Not told: their chapter's rule switches it off."],
    ['misconfigured', "Not told: their chapter's rule cannot be read (inactive_days: expected an integer)."],
    ['no_rule', 'Not told: no rule is in force for them.'],
    ['no_chapter', 'Not told: they are in no chapter.'],
    ['inactive_user', 'Not told: their account is not active.'],
    ['not_a_peer_mentor', 'Not told: they are no peer mentor.'],
    ['unknown_timezone', "Not told: their organisation's timezone does not exist."],
  ])('as %s: %s', (reason, words) => {
    const rule = { ...account().rule, fault: 'inactive_days: expected an integer' };
    expect(said({ verdict: 'off', reason, rule, potential: [] })).toBe(words);
  });
});

test('what waits is said of a scenario that is off, too', () => {
  const wait: Wait = { for: 'worker', until: null, reason: null };
  expect(said({ verdict: 'off', reason: 'disabled', unsent: { claimedAt, wait } })).toBe(
    "Not told: their chapter's rule switches it off. The notification claimed today at 09:07 in Oslo waits: tried as soon as a worker takes it up.",
  );
});

describe('milestones', () => {
  const facts = (sessions: number, told: number[] = []) => ({
    year: 2026,
    sessions,
    thresholds: [50, 100, 200],
    thresholds_told: told,
  });
  const of = (sessions: number, told: number[] = [], due: number[] = []) => ({
    scenarioType: 'milestone' as const,
    verdict: due.length > 0 ? ('send' as const) : ('not_due' as const),
    potential: [50, 100, 200].map((threshold) => ({
      occurrence: `2026:${threshold}`,
      due: due.includes(threshold),
      due_at: null,
      facts: facts(sessions, told),
    })),
  });

  test.each([
    [
      of(49),
      "Not told: 49 sessions in 2026, the next milestone of their chapter's rule is 50; next when they have held 50 sessions.",
    ],
    [of(1), /^Not told: 1 session in 2026, /],
    [of(120, [], [50, 100]), /^Due: 120 sessions in 2026; 50 and 100 have been reached; told by/],
    [of(50, [], [50]), /^Due: 50 sessions in 2026; 50 has been reached; /],
    [of(210, [50, 100, 200]), /has no milestone beyond 200; next when a new year has its first milestone\.$/],
  ])('%#', (values, words) => {
    expect(said(values)).toEqual(typeof words === 'string' ? words : expect.stringMatching(words));
  });
});

describe('certificates', () => {
  const of = (values: Record<string, unknown>, rest: { due?: boolean; due_at?: string | null } = {}) => ({
    scenarioType: 'certification_expiry' as const,
    verdict: rest.due ? ('send' as const) : ('not_due' as const),
    potential: [
      {
        occurrence: 'c:2026-12-20:30',
        due: false,
        due_at: null,
        ...rest,
        facts: {
          certification_type: 'First aid',
          expires_on: '2026-12-20',
          days_left: 29,
          lead: 30,
          lead_days: [7, 30, 60],
          smallest_lead_told: null,
          renewed_until: null,
          ...values,
        },
      },
    ],
  });

  test.each([
    [
      of({}, { due: true }),
      "Due: First aid expires on 20 December, in 29 days; their chapter's rule notifies 60, 30 and 7 days before; told by the next evaluation.",
    ],
    [
      {
        ...of({ smallest_lead_told: 30 }, { due_at: '2026-12-12T23:00:00.000Z' }),
        nextEligibleAt: '2026-12-12T23:00:00.000Z',
      },
      "Not told: First aid expires on 20 December, in 29 days, and they were notified at 30 days; their chapter's rule notifies 60, 30 and 7 days before; next on 13 December.",
    ],
    [
      of({ renewed_until: '2028-12-20' }),
      'Not told: First aid expires on 20 December, in 29 days, and is renewed until 20 December 2028; next when they have another certificate.',
    ],
    [of({ days_left: null }), 'Not told: First aid never expires; next when they have another certificate.'],
    [of({ days_left: 0, expires_on: '2026-11-21' }, { due: true }), /expires on 21 November, today; /],
    [
      { ...of({}), potential: [] },
      'Not told: they hold no certificate that has yet to expire; next when they have one.',
    ],
  ])('%#', (values, words) => {
    expect(said(values)).toEqual(typeof words === 'string' ? words : expect.stringMatching(words));
  });
});
