import { describe } from '@jest/globals';
import { account, says, type Case, type Values } from './accounts.ts';

/** Inactivity is in explanation.test.ts. */
const rule = { ...account().rule, startsOn: '2026-11-20' };

describe('milestones', () => {
  const of = (sessions: number, told: number[] = [], due: number[] = []): Values => ({
    scenarioType: 'milestone',
    verdict: due.length > 0 ? 'send' : 'not_due',
    potential: [50, 100, 200].map((threshold) => ({
      occurrence: `2026:${threshold}`,
      due: due.includes(threshold),
      due_at: null,
      facts: { year: 2026, sessions, thresholds: [50, 100, 200], thresholds_told: told },
    })),
  });

  says([
    [
      'that is one session away',
      of(49),
      "Not told: 49 sessions in 2026, the next milestone of their chapter's rule is 50; next when they have held 50 sessions.",
      'Ikke varslet: 49 samtaler i 2026, og neste milepæl i lokallagets regel er 50; neste mulighet er når likepersonen har hatt 50 samtaler.',
    ],
    [
      'after the first session',
      of(1),
      "Not told: 1 session in 2026, the next milestone of their chapter's rule is 50; next when they have held 50 sessions.",
      'Ikke varslet: 1 samtale i 2026, og neste milepæl i lokallagets regel er 50; neste mulighet er når likepersonen har hatt 50 samtaler.',
    ],
    [
      'that is just reached',
      of(50, [], [50]),
      'Due: 50 sessions in 2026; 50 has been reached; told by the next evaluation.',
      'Skal varsles: 50 samtaler i 2026; milepælen 50 er nådd; varsles ved neste gjennomgang.',
    ],
    [
      'of which two are reached',
      of(120, [], [50, 100]),
      'Due: 120 sessions in 2026; 50 and 100 have been reached; told by the next evaluation.',
      'Skal varsles: 120 samtaler i 2026; milepælene 50 og 100 er nådd; varsles ved neste gjennomgang.',
    ],
    [
      'that are all told',
      of(210, [50, 100, 200]),
      "Not told: 210 sessions in 2026, and their chapter's rule has no milestone beyond 200; next when a new year has its first milestone.",
      'Ikke varslet: 210 samtaler i 2026, og lokallagets regel har ingen milepæl over 200; neste mulighet er når likepersonen når årets første milepæl i et nytt år.',
    ],
    [
      'reached before the rule began',
      { ...of(60), rule },
      "Not told: 60 sessions in 2026; their chapter's rule counts only what arises from 20 November on; next when they have held 100 sessions.",
      'Ikke varslet: 60 samtaler i 2026, men lokallagets regel teller bare med det som inntreffer fra og med 20. november; neste mulighet er når likepersonen har hatt 100 samtaler.',
    ],
  ]);
});

describe('certificates', () => {
  const of = (values: Record<string, unknown>, rest: { due?: boolean; due_at?: string | null } = {}): Values => ({
    scenarioType: 'certification_expiry',
    verdict: rest.due ? 'send' : 'not_due',
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

  says([
    [
      'that is about to expire',
      of({}, { due: true }),
      "Due: First aid expires on 20 December, in 29 days; their chapter's rule notifies 60, 30 and 7 days before; told by the next evaluation.",
      'Skal varsles: First aid utløper 20. desember, om 29 dager; lokallagets regel varsler 60, 30 og 7 dager før; varsles ved neste gjennomgang.',
    ],
    [
      'that expires tomorrow, under a rule of one day',
      of({ days_left: 1, expires_on: '2026-11-22', lead_days: [1] }, { due: true }),
      "Due: First aid expires on 22 November, in 1 day; their chapter's rule notifies 1 days before; told by the next evaluation.",
      'Skal varsles: First aid utløper 22. november, om 1 dag; lokallagets regel varsler 1 dag før; varsles ved neste gjennomgang.',
    ],
    [
      'that expires today',
      of({ days_left: 0, expires_on: '2026-11-21' }, { due: true }),
      "Due: First aid expires on 21 November, today; their chapter's rule notifies 60, 30 and 7 days before; told by the next evaluation.",
      'Skal varsles: First aid utløper 21. november, i dag; lokallagets regel varsler 60, 30 og 7 dager før; varsles ved neste gjennomgang.',
    ],
    [
      'of which they have been told',
      {
        ...of({ smallest_lead_told: 30 }, { due_at: '2026-12-12T23:00:00.000Z' }),
        nextEligibleAt: '2026-12-12T23:00:00.000Z',
      },
      "Not told: First aid expires on 20 December, in 29 days, and they were notified at 30 days; their chapter's rule notifies 60, 30 and 7 days before; next on 13 December.",
      'Ikke varslet: First aid utløper 20. desember, om 29 dager, og det ble varslet da det var 30 dager igjen; lokallagets regel varsler 60, 30 og 7 dager før; neste mulighet er 13. desember.',
    ],
    [
      'that is renewed',
      of({ renewed_until: '2028-12-20' }),
      'Not told: First aid expires on 20 December, in 29 days, and is renewed until 20 December 2028; next when they have another certificate.',
      'Ikke varslet: First aid utløper 20. desember, om 29 dager, og er fornyet til 20. desember 2028; neste mulighet er når likepersonen får et nytt sertifikat.',
    ],
    [
      'without an end, and without a name',
      of({ days_left: null, certification_type: null }),
      'Not told: a certificate never expires; next when they have another certificate.',
      'Ikke varslet: et sertifikat utløper aldri; neste mulighet er når likepersonen får et nytt sertifikat.',
    ],
    [
      'that there are none of',
      { ...of({}), potential: [] },
      'Not told: they hold no certificate that has yet to expire; next when they have one.',
      'Ikke varslet: har ikke noe gyldig sertifikat; neste mulighet er når likepersonen får et sertifikat.',
    ],
    [
      'whose lead began before the rule',
      { ...of({}), rule },
      "Not told: First aid expires on 20 December, in 29 days; their chapter's rule counts only what arises from 20 November on; next when they have another certificate.",
      'Ikke varslet: First aid utløper 20. desember, om 29 dager, men lokallagets regel teller bare med det som inntreffer fra og med 20. november; neste mulighet er når likepersonen får et nytt sertifikat.',
    ],
  ]);
});

describe('returns', () => {
  const of = (facts: Record<string, unknown>, due = false): Values => ({
    scenarioType: 'welcome_back',
    verdict: due ? 'send' : 'not_due',
    potential: [
      {
        occurrence: '2026-11-18',
        due,
        due_at: null,
        facts: { returned_on: '2026-11-18', gap: 78, gap_days: 30, recent_days: 7, told: false, ...facts },
      },
    ],
  });

  says([
    [
      'that is greeted',
      of({}, true),
      'Due: back on 18 November after 78 days; told by the next evaluation.',
      'Skal varsles: tilbake 18. november etter 78 dager; varsles ved neste gjennomgang.',
    ],
    [
      'that was greeted',
      of({ told: true }),
      'Not told: back on 18 November after 78 days, and welcomed for it already; next when they come back from another break of 30 days or more.',
      'Ikke varslet: tilbake 18. november etter 78 dager, og er allerede ønsket velkommen; neste mulighet er når likepersonen kommer tilbake etter en ny pause på 30 dager eller mer.',
    ],
    [
      'before the rule began',
      { ...of({}), rule },
      "Not told: back on 18 November after 78 days; their chapter's rule counts only what arises from 20 November on; next when they come back from another break of 30 days or more.",
      'Ikke varslet: tilbake 18. november etter 78 dager, men lokallagets regel teller bare med det som inntreffer fra og med 20. november; neste mulighet er når likepersonen kommer tilbake etter en ny pause på 30 dager eller mer.',
    ],
    ...(
      [
        [0, 'today', 'i dag'],
        [1, 'in the last 1 day', 'siden i går'],
        [2, 'in the last 2 days', 'de siste 2 dagene'],
      ] as const
    ).map(([recent, en, nb]): Case => [
      `that there are none of, with ${recent} days`,
      of({ returned_on: null, recent_days: recent, gap_days: 1 }),
      `Not told: no return ${en} from a break of 1 day or more; next when they come back from a break of 1 day or more.`,
      `Ikke varslet: ikke kommet tilbake ${nb} etter en pause på 1 dag eller mer; neste mulighet er når likepersonen kommer tilbake etter en pause på 1 dag eller mer.`,
    ]),
  ]);
});
