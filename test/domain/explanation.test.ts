import { describe, expect, test } from '@jest/globals';
import { LANGUAGES } from '../../domain/explanation/language.ts';
import { sentencesAbout } from '../../domain/explanation/sentences.ts';
import type { Wait } from '../../domain/explanation/wait.ts';
import { account, asOf, claimedAt, quiet, says, type Values } from './accounts.ts';

const nextEligibleAt = '2026-12-07T23:00:00.000Z';
const next = { at: '2026-12-08T11:07:00.000Z', sendAt: null, isPaused: false };
const startsOn = { ...account().rule, startsOn: '2026-11-20' };

describe('a mentor who is not due', () => {
  says([
    [
      'hears what the rule waits for, and when it is evaluated next',
      { nextEligibleAt, next },
      "Not told: last active 13 days ago, their chapter's rule waits for 30; next on 8 December, 12:07 in Oslo.",
      'Ikke varslet: sist aktiv for 13 dager siden, og lokallagets regel venter i 30 dager; neste mulighet er 8. desember kl. 12.07 i Oslo.',
    ],
    [
      'gets the day where nobody knows the Schedule',
      { nextEligibleAt },
      "Not told: last active 13 days ago, their chapter's rule waits for 30; next on 8 December.",
      'Ikke varslet: sist aktiv for 13 dager siden, og lokallagets regel venter i 30 dager; neste mulighet er 8. desember.',
    ],
    [
      'is told when their hours begin, and that the Schedule is paused',
      { nextEligibleAt, next: { ...next, sendAt: '2026-12-09T07:00:00.000Z', isPaused: true } },
      "Not told: last active 13 days ago, their chapter's rule waits for 30; next on 9 December, 08:00 in Oslo, when their hours begin, if its Schedule is resumed: it is paused.",
      'Ikke varslet: sist aktiv for 13 dager siden, og lokallagets regel venter i 30 dager; neste mulighet er 9. desember kl. 08.00 i Oslo, når varslingstiden begynner, hvis tidsplanen settes i gang igjen: den er satt på pause.',
    ],
    [
      "under their organisation's rule reads so",
      { rule: { ...account().rule, scope: 'organization' } },
      "Not told: last active 13 days ago, their organisation's rule waits for 30.",
      'Ikke varslet: sist aktiv for 13 dager siden, og organisasjonens regel venter i 30 dager.',
    ],
    [
      'under the default rule reads so',
      { rule: { ...account().rule, scope: 'default' } },
      'Not told: last active 13 days ago, the default rule waits for 30.',
      'Ikke varslet: sist aktiv for 13 dager siden, og standardregelen venter i 30 dager.',
    ],
    [
      'who was never active has joined instead',
      { hasBeenActive: false },
      "Not told: joined 13 days ago and not active since, their chapter's rule waits for 30.",
      'Ikke varslet: ble med for 13 dager siden og har ikke vært aktiv siden, og lokallagets regel venter i 30 dager.',
    ],
    [
      'and was active yesterday reads of one day',
      { potential: [quiet(1, { inactive_days: 1 })] },
      "Not told: last active 1 day ago, their chapter's rule waits for 1.",
      'Ikke varslet: sist aktiv for 1 dag siden, og lokallagets regel venter i 1 dag.',
    ],
    [
      'and was active today reads so',
      { potential: [quiet(0)] },
      "Not told: last active today, their chapter's rule waits for 30.",
      'Ikke varslet: sist aktiv i dag, og lokallagets regel venter i 30 dager.',
    ],
    [
      'of whom nothing is known reads so',
      { potential: [] },
      'Not told: nobody knows when they joined or were last active; next when they are active.',
      'Ikke varslet: ingen vet når likepersonen ble med eller sist var aktiv; neste mulighet er når likepersonen er aktiv.',
    ],
    [
      'after the last reminder waits for activity, and until the cooldown ends',
      {
        potential: [{ ...quiet(90, { reminders_since_last_activity: 3 }), due: false }],
        keptUntil: '2026-12-01T11:07:00.000Z',
      },
      "Not told: last active 90 days ago, and reminded 3 times since; their chapter's rule allows 3; next when they have been active again, and not before 1 December, 12:07 in Oslo.",
      'Ikke varslet: sist aktiv for 90 dager siden, og ble minnet 3 ganger etter det; lokallagets regel tillater 3; neste mulighet er når likepersonen har vært aktiv igjen, men tidligst 1. desember kl. 12.07 i Oslo.',
    ],
    [
      'after the only reminder reads of one',
      {
        potential: [{ ...quiet(90, { reminders_since_last_activity: 1, max_reminders: 1 }), due: false }],
      },
      "Not told: last active 90 days ago, and reminded 1 time since; their chapter's rule allows 1; next when they have been active again.",
      'Ikke varslet: sist aktiv for 90 dager siden, og ble minnet 1 gang etter det; lokallagets regel tillater 1; neste mulighet er når likepersonen har vært aktiv igjen.',
    ],
    [
      'because it arose before starts_on is told so',
      { potential: [{ ...quiet(40), due: false }], rule: startsOn },
      "Not told: last active 40 days ago; their chapter's rule counts only what arises from 20 November on; next when they have been active again.",
      'Ikke varslet: sist aktiv for 40 dager siden, men lokallagets regel teller bare med det som inntreffer fra og med 20. november; neste mulighet er når likepersonen har vært aktiv igjen.',
    ],
  ]);
});

describe('a mentor who is due', () => {
  const due = { verdict: 'send', potential: [quiet(40)] } as const;
  const why = "Due: last active 40 days ago, their chapter's rule waits for 30";
  const hvorfor = 'Skal varsles: sist aktiv for 40 dager siden, og lokallagets regel venter i 30 dager';

  says([
    [
      'is told by the next evaluation, where its Schedule is known',
      { ...due, next },
      `${why}; told by the next evaluation, on 8 December, 12:07 in Oslo.`,
      `${hvorfor}; varsles ved neste gjennomgang, 8. desember kl. 12.07 i Oslo.`,
    ],
    [
      'is told by the next evaluation, whenever that is',
      due,
      `${why}; told by the next evaluation.`,
      `${hvorfor}; varsles ved neste gjennomgang.`,
    ],
    [
      'is told when their hours begin',
      { ...due, sendAt: '2026-11-22T07:00:00.000Z' },
      `${why}; told on 22 November, 08:00 in Oslo, when their hours begin.`,
      `${hvorfor}; varsles 22. november kl. 08.00 i Oslo, når varslingstiden begynner.`,
    ],
    [
      'waits for the end of a halt',
      { ...due, next, halt: 'wrong text' },
      `${why}; all sending is halted ("wrong text") until somebody ends the halt.`,
      `${hvorfor}; all utsending er stanset («wrong text») til noen opphever stansen.`,
    ],
  ]);
});

describe('a mentor who is due and suppressed', () => {
  const suppressed = {
    verdict: 'suppressed',
    potential: [quiet(40)],
    policy: { maxNotifications: 2, perDays: 7 },
    nextEligibleAt,
    next,
    lastNotified: { at: '2026-11-19T12:00:00.000Z', isSure: true },
  } as const;
  const days = { ...account().rule, cooldownMinutes: 1440 };

  says([
    [
      'has opted out',
      { ...suppressed, reason: 'opted_out' },
      'Not told: opted out of inactivity; next when they opt in again.',
      'Ikke varslet: har reservert seg mot varsler av typen «Inaktivitet»; neste mulighet er når reservasjonen oppheves.',
    ],
    [
      'has no device',
      { ...suppressed, reason: 'no_device_token' },
      "Not told: last active 40 days ago, their chapter's rule waits for 30, but no device of theirs can be reached; next when their app registers one.",
      'Ikke varslet: sist aktiv for 40 dager siden, og lokallagets regel venter i 30 dager, men ingen enhet kan nås; neste mulighet er når appen registrerer en enhet.',
    ],
    [
      'is in the cooldown',
      { ...suppressed, reason: 'cooldown' },
      "Not told: last told on 19 November, 13:00 in Oslo, their chapter's rule waits 14 days after each; next on 8 December, 12:07 in Oslo.",
      'Ikke varslet: sist varslet 19. november kl. 13.00 i Oslo, og lokallagets regel venter 14 dager etter hvert varsel; neste mulighet er 8. desember kl. 12.07 i Oslo.',
    ],
    [
      'is in a cooldown of a day, and nobody knows since when or until when',
      { ...suppressed, reason: 'cooldown', lastNotified: null, next: null, nextEligibleAt: null, rule: days },
      "Not told: their chapter's rule waits 1 day after each; next later.",
      'Ikke varslet: lokallagets regel venter 1 dag etter hvert varsel; neste mulighet er senere.',
    ],
    [
      'has reached the cap',
      { ...suppressed, reason: 'capped' },
      'Not told: their policy allows 2 notifications in 7 days, and no more has room; next on 8 December, 12:07 in Oslo.',
      'Ikke varslet: grensen er 2 varsler på 7 dager, og den er nådd; neste mulighet er 8. desember kl. 12.07 i Oslo.',
    ],
    [
      'has reached a cap of one a day',
      {
        ...suppressed,
        reason: 'capped',
        policy: { maxNotifications: 1, perDays: 1 },
        next: null,
        nextEligibleAt: null,
      },
      'Not told: their policy allows 1 notification in 1 day, and no more has room; next later.',
      'Ikke varslet: grensen er 1 varsel på 1 dag, og den er nådd; neste mulighet er senere.',
    ],
    [
      'has a notification under way that nothing more is known of',
      { ...suppressed, reason: 'in_flight' },
      "Not told: last active 40 days ago, their chapter's rule waits for 30, but another evaluation has just claimed a notification; next when that is settled.",
      'Ikke varslet: sist aktiv for 40 dager siden, og lokallagets regel venter i 30 dager, men en annen gjennomgang har nettopp klargjort et varsel; neste mulighet er når det er avgjort.',
    ],
  ]);
});

describe('a mentor who was told today', () => {
  const today = { verdict: 'suppressed', reason: 'already_sent', potential: [quiet(40)] } as const;
  const lastNotified = { at: claimedAt, isSure: true };
  const decision: Wait = { for: 'decision', until: null, reason: null };

  says([
    [
      'hears when they may next be told',
      { ...today, lastNotified, nextEligibleAt, next },
      'Told today at 09:07 in Oslo; next on 8 December, 12:07 in Oslo.',
      'Varslet i dag kl. 09.07 i Oslo; neste mulighet er 8. desember kl. 12.07 i Oslo.',
    ],
    [
      'hears that nobody can say',
      { ...today, lastNotified },
      'Told today at 09:07 in Oslo; nobody can say when next.',
      'Varslet i dag kl. 09.07 i Oslo; ingen vet når neste mulighet er.',
    ],
    [
      'and opted out since, reads so',
      { ...today, reason: 'opted_out', lastNotified },
      'Told today at 09:07 in Oslo; they have opted out since.',
      'Varslet i dag kl. 09.07 i Oslo; har reservert seg siden.',
    ],
    [
      'may have been, where the outcome is unknown and an operator has to decide',
      {
        ...today,
        lastNotified: { at: claimedAt, isSure: false },
        nextEligibleAt,
        unsent: { claimedAt, wait: decision },
      },
      'May have been told today at 09:07 in Oslo; next on 8 December. The notification claimed today at 09:07 in Oslo waits: it may have arrived, and an operator has to decide whether it did ("scenario-push held settle" or "held release").',
      'Kan ha blitt varslet i dag kl. 09.07 i Oslo; neste mulighet er 8. desember. Varselet som ble klargjort i dag kl. 09.07 i Oslo, venter: det kan ha kommet fram, og en driftsansvarlig må avgjøre om det gjorde det («scenario-push held settle» eller «held release»).',
    ],
  ]);
});

describe('a scenario that is off', () => {
  const off = (reason: string | null): Values => ({
    verdict: 'off',
    reason,
    rule: { ...account().rule, fault: 'inactive_days: expected an integer' },
    potential: [],
  });

  says([
    [
      'by its rule',
      off('disabled'),
      "Not told: their chapter's rule switches it off.",
      'Ikke varslet: varselet er slått av i lokallagets regel.',
    ],
    [
      'by a rule that cannot be read',
      off('misconfigured'),
      "Not told: their chapter's rule cannot be read (inactive_days: expected an integer).",
      'Ikke varslet: lokallagets regel kan ikke leses (inactive_days: expected an integer).',
    ],
    [
      'without a rule',
      off('no_rule'),
      'Not told: no rule is in force for them.',
      'Ikke varslet: ingen regel gjelder for likepersonen.',
    ],
    [
      'without a chapter',
      off('no_chapter'),
      'Not told: they are in no chapter.',
      'Ikke varslet: vedkommende hører ikke til noe lokallag.',
    ],
    [
      'for who is not active',
      off('inactive_user'),
      'Not told: their account is not active.',
      'Ikke varslet: kontoen er ikke aktiv.',
    ],
    [
      'for who is no mentor',
      off('not_a_peer_mentor'),
      'Not told: they are no peer mentor.',
      'Ikke varslet: vedkommende er ikke likeperson.',
    ],
    [
      'in no timezone',
      off('unknown_timezone'),
      "Not told: their organisation's timezone does not exist.",
      'Ikke varslet: organisasjonens tidssone finnes ikke.',
    ],
    ['for no reason that is known', off(null), 'Not told: it is switched off.', 'Ikke varslet: varselet er slått av.'],
  ]);
});

test('what is said ends each sentence with one full stop, as of any instant', () => {
  for (const language of LANGUAGES)
    expect(sentencesAbout(account({ asOf: asOf.replace('.000Z', 'Z') }), language)).toEqual([
      expect.stringMatching(/[^.]\.$/),
    ]);
});
