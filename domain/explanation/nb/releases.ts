import type { ReleasePhrases } from '../withdrawal.ts';

export const releasesInNorwegian: ReleasePhrases = {
  released: {
    opted_out: 'trukket tilbake: likepersonen har reservert seg i mellomtiden',
    not_active: 'trukket tilbake: ikke lenger aktiv likeperson',
    rule_off: 'trukket tilbake: regelen ble slått av',
    no_longer_due: 'trukket tilbake: ikke lenger aktuelt',
    braked: 'trukket tilbake: gjennomgangen ble bremset, og ingen lot den fortsette',
    recalled: 'trukket tilbake av en driftsansvarlig',
    stopped: 'trukket tilbake: gjennomgangen ble stoppet',
    rejected: 'ikke sendt: pushtjenesten avviste det',
    no_device_token: 'ikke sendt: det er ingen enhet igjen',
    not_tried_in_time: 'ikke sendt: fristen gikk ut før det ble forsøkt sendt',
    operator: 'frigitt av en driftsansvarlig: det kom ikke fram',
  },
  releasedOtherwise: (reason) => `ikke sendt: ${reason}`,
  waitsFor: {
    opted_out: 'reservasjonen må oppheves først',
    not_active: 'vedkommende må være aktiv likeperson igjen',
    rule_off: 'regelen må slås på igjen',
    no_longer_due: 'det må bli aktuelt igjen',
    no_device_token: 'appen må registrere en enhet',
  },
  waitsForEvaluation: 'neste gjennomgang tar det med igjen hvis det fortsatt er aktuelt',
};
