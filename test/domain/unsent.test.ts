import { describe, expect, test } from '@jest/globals';
import { LANGUAGES } from '../../domain/explanation/language.ts';
import { sentencesAbout } from '../../domain/explanation/sentences.ts';
import type { Wait } from '../../domain/explanation/wait.ts';
import { RELEASE_REASONS } from '../../domain/explanation/withdrawal.ts';
import { account, claimedAt, says, type Values } from './accounts.ts';

describe('a notification that is claimed and not sent', () => {
  const until = '2026-11-21T15:00:00.000Z';
  const waits = (wait: Wait): Values => ({
    verdict: 'suppressed',
    reason: 'in_flight',
    unsent: { claimedAt, wait },
  });
  const braked = (sweeps: number) =>
    waits({ for: 'brake', until, braked: { expected: 4812, usual: 130, sweeps, until } });

  says([
    [
      'waits for the end of a halt',
      waits({ for: 'end_of_halt', until: null, reason: 'wrong text' }),
      'Not told yet: all sending is halted ("wrong text") until somebody ends the halt.',
      'Ikke varslet ennå: all utsending er stanset («wrong text») til noen opphever stansen.',
    ],
    [
      'is braked beside ten sweeps',
      braked(10),
      'Not told yet: its sweep is braked (about 4812 instead of 130, the median of the last 10 sweeps) until somebody resumes or stops it; without an answer it is withdrawn on 21 November, 16:00 in Oslo.',
      'Ikke varslet ennå: gjennomgangen er bremset (omtrent 4812 i stedet for 130, som er medianen av de siste 10 gjennomgangene) til noen lar den fortsette eller stopper den; uten svar trekkes varselet tilbake 21. november kl. 16.00 i Oslo.',
    ],
    [
      'is braked beside one sweep',
      braked(1),
      'Not told yet: its sweep is braked (about 4812 instead of 130, as in the last sweep) until somebody resumes or stops it; without an answer it is withdrawn on 21 November, 16:00 in Oslo.',
      'Ikke varslet ennå: gjennomgangen er bremset (omtrent 4812 i stedet for 130, som i forrige gjennomgang) til noen lar den fortsette eller stopper den; uten svar trekkes varselet tilbake 21. november kl. 16.00 i Oslo.',
    ],
    [
      'is braked beside none',
      braked(0),
      'Not told yet: its sweep is braked (about 4812 instead of 130, a tenth of the mentors evaluated, for there is no finished sweep to compare with) until somebody resumes or stops it; without an answer it is withdrawn on 21 November, 16:00 in Oslo.',
      'Ikke varslet ennå: gjennomgangen er bremset (omtrent 4812 i stedet for 130, som er en tidel av likepersonene som ble vurdert, for det finnes ingen fullført gjennomgang å sammenligne med) til noen lar den fortsette eller stopper den; uten svar trekkes varselet tilbake 21. november kl. 16.00 i Oslo.',
    ],
    [
      'waits for hours',
      waits({ for: 'hours', until: '2026-11-22T07:00:00.000Z', reason: null }),
      'Not told yet: their hours begin on 22 November, 08:00 in Oslo.',
      'Ikke varslet ennå: varslingstiden begynner 22. november kl. 08.00 i Oslo.',
    ],
    [
      'waits for the push service, which gave a code',
      waits({ for: 'push_service', until, reason: 'messaging/message-rate-exceeded' }),
      'Not told yet: the push service is closed (messaging/message-rate-exceeded), tried next on 21 November, 16:00 in Oslo or later.',
      'Ikke varslet ennå: pushtjenesten er stengt (pushtjenesten får for mange meldinger); nytt forsøk 21. november kl. 16.00 i Oslo eller senere.',
    ],
    [
      'waits for the push service, which gave none',
      waits({ for: 'push_service', until, reason: null }),
      'Not told yet: the push service is closed (trouble), tried next on 21 November, 16:00 in Oslo or later.',
      'Ikke varslet ennå: pushtjenesten er stengt (feil); nytt forsøk 21. november kl. 16.00 i Oslo eller senere.',
    ],
    [
      'waits for the next attempt',
      waits({ for: 'next_attempt', until, reason: null }),
      'Not told yet: tried next on 21 November, 16:00 in Oslo.',
      'Ikke varslet ennå: nytt forsøk 21. november kl. 16.00 i Oslo.',
    ],
    [
      'waits for a worker',
      waits({ for: 'worker', until: null, reason: null }),
      'Not told yet: tried as soon as a worker takes it up.',
      'Ikke varslet ennå: sendes så snart en arbeidsprosess tar det.',
    ],
    [
      'is said of a scenario that is off, too',
      { ...waits({ for: 'worker', until: null, reason: null }), verdict: 'off', reason: 'disabled' },
      "Not told: their chapter's rule switches it off. The notification claimed today at 09:07 in Oslo waits: tried as soon as a worker takes it up.",
      'Ikke varslet: varselet er slått av i lokallagets regel. Varselet som ble klargjort i dag kl. 09.07 i Oslo, venter: sendes så snart en arbeidsprosess tar det.',
    ],
  ]);
});

describe('a notification that was released', () => {
  const again = 'the next evaluation claims it again if it is still due';
  const igjen = 'neste gjennomgang tar det med igjen hvis det fortsatt er aktuelt';
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'opted_out',
      'withdrawn: opted out meanwhile; they have to opt in again',
      'trukket tilbake: likepersonen har reservert seg i mellomtiden; reservasjonen må oppheves først',
    ],
    [
      'not_active',
      'withdrawn: no longer an active peer mentor; they have to be an active peer mentor again',
      'trukket tilbake: ikke lenger aktiv likeperson; vedkommende må være aktiv likeperson igjen',
    ],
    [
      'rule_off',
      'withdrawn: the rule was switched off; the rule has to be switched on again',
      'trukket tilbake: regelen ble slått av; regelen må slås på igjen',
    ],
    [
      'no_longer_due',
      'withdrawn: no longer due; it has to be due again',
      'trukket tilbake: ikke lenger aktuelt; det må bli aktuelt igjen',
    ],
    [
      'braked',
      `withdrawn: braked, and nobody had it sent; ${again}`,
      `trukket tilbake: gjennomgangen ble bremset, og ingen lot den fortsette; ${igjen}`,
    ],
    ['recalled', `withdrawn: recalled by an operator; ${again}`, `trukket tilbake av en driftsansvarlig; ${igjen}`],
    ['stopped', `withdrawn: its sweep was stopped; ${again}`, `trukket tilbake: gjennomgangen ble stoppet; ${igjen}`],
    ['rejected', `not sent: the push service refused it; ${again}`, `ikke sendt: pushtjenesten avviste det; ${igjen}`],
    [
      'no_device_token',
      'not sent: no device is left; their app has to register a device',
      'ikke sendt: det er ingen enhet igjen; appen må registrere en enhet',
    ],
    [
      'not_tried_in_time',
      `not sent: its time to live was over before its turn came; ${again}`,
      `ikke sendt: fristen gikk ut før det ble forsøkt sendt; ${igjen}`,
    ],
    [
      'operator',
      `released by an operator: it did not arrive; ${again}`,
      `frigitt av en driftsansvarlig: det kom ikke fram; ${igjen}`,
    ],
    ['something_new', `not sent, something_new; ${again}`, `ikke sendt: something_new; ${igjen}`],
  ];

  test.each(cases)('as %s says what happens next', (released, en, nb) => {
    const [english, norwegian] = LANGUAGES.map(
      (language) => sentencesAbout(account({ unsent: { claimedAt, released } }), language)[1],
    );
    expect(english).toBe(`The notification claimed today at 09:07 in Oslo was ${en}.`);
    expect(norwegian).toBe(`Varselet som ble klargjort i dag kl. 09.07 i Oslo, ble ${nb}.`);
  });

  test('for any reason there is has a case here', () => {
    expect(cases.map(([reason]) => reason)).toEqual([...RELEASE_REASONS, 'something_new']);
  });
});
