import type { SentencePhrases } from '../sentence-phrases.ts';
import { count, days, minutesInWords } from './amounts.ts';
import { ruleOf } from './rules.ts';
import { waitsInNorwegian } from './waits.ts';

export const sentencesInNorwegian: SentencePhrases = {
  notTold: (why, next) => `Ikke varslet: ${why}${next === null ? '' : `; ${next}`}`,
  notToldYet: (wait) => `Ikke varslet ennå: ${wait}`,
  due: (why, how) => `Skal varsles: ${why}; ${how}`,
  told: (when, next) => `Varslet ${when}; ${next}`,
  mayHaveBeenTold: (when, next) => `Kan ha blitt varslet ${when}; ${next}`,

  off: {
    not_a_peer_mentor: 'vedkommende er ikke likeperson',
    inactive_user: 'kontoen er ikke aktiv',
    no_chapter: 'vedkommende hører ikke til noe lokallag',
    no_rule: 'ingen regel gjelder for likepersonen',
    disabled: (scope) => `varselet er slått av i ${ruleOf(scope)}`,
    misconfigured: (scope, fault) => `${ruleOf(scope)} kan ikke leses (${fault})`,
    unknown_timezone: 'organisasjonens tidssone finnes ikke',
  },
  offOtherwise: 'varselet er slått av',

  optedOut: (title) => `har reservert seg mot varsler av typen «${title}»`,
  noDevice: (why) => `${why}, men ingen enhet kan nås`,
  inFlight: (why) => `${why}, men en annen gjennomgang har nettopp klargjort et varsel`,
  cooldown: (lastTold, scope, minutes) =>
    `${lastTold === null ? '' : `sist varslet ${lastTold}, og `}${ruleOf(scope)} venter ${minutesInWords(minutes)} etter hvert varsel`,
  capped: (most, n) => `grensen er ${count(most, 'varsel', 'varsler')} på ${days(n)}, og den er nådd`,

  halted: waitsInNorwegian.forEndOfHalt,
  toldByNextEvaluation: (when) => `varsles ved neste gjennomgang${when === null ? '' : `, ${when}`}`,
  toldWhenHoursBegin: (when) => `varsles ${when}, når varslingstiden begynner`,

  whenHoursBegin: (when) => `${when}, når varslingstiden begynner`,
  ifResumed: (when) => `${when}, hvis tidsplanen settes i gang igjen: den er satt på pause`,
  nextAt: (when) => `neste mulighet er ${when}`,
  nextWhen: (until, notBefore) =>
    `neste mulighet er når ${until}${notBefore === null ? '' : `, men tidligst ${notBefore}`}`,
  nextLater: 'neste mulighet er senere',
  nextWhenOptedIn: 'neste mulighet er når reservasjonen oppheves',
  nextWhenRegistered: 'neste mulighet er når appen registrerer en enhet',
  nextWhenSettled: 'neste mulighet er når det er avgjort',
  nobodyKnowsWhen: 'ingen vet når neste mulighet er',
  optedOutSince: 'har reservert seg siden',

  released: (claimed, release, then) => `Varselet som ble klargjort ${claimed}, ble ${release}; ${then}`,
  waits: (claimed, wait) => `Varselet som ble klargjort ${claimed}, venter: ${wait}`,
};
