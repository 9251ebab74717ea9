import { expect, test } from '@jest/globals';
import type { ScenarioAccount } from '../../domain/explanation/account.ts';
import { LANGUAGES } from '../../domain/explanation/language.ts';
import { sentencesAbout } from '../../domain/explanation/sentences.ts';

export type Values = Partial<ScenarioAccount>;

/** What it is about, the account, and what is said of it in English and in Norwegian. */
export type Case = readonly [string, Values, string, string];

/** In the morning, by the clock of Oslo. */
export const asOf = '2026-11-21T09:00:00.000Z';

/** Earlier on the same day. */
export const claimedAt = '2026-11-21T08:07:00.000Z';

/** What the SELECT of inactivity finds of somebody who was last active so many days ago. */
export const quiet = (days: number, rest: Record<string, unknown> = {}) => ({
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

/** Of a mentor who is not due for an inactivity reminder of their chapter's rule. */
export function account(values: Values = {}): ScenarioAccount {
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

/** Each case reads as expected in both languages. */
export function says(cases: readonly Case[]): void {
  test.each(cases)('%s', (_, values, en, nb) => {
    const said = LANGUAGES.map((language) => sentencesAbout(account(values), language).join(' '));
    expect(said).toEqual([en, nb]);
  });
}
