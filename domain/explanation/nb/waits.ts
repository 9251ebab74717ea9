import type { Braked } from '../../brake.ts';
import type { WaitPhrases } from '../wait.ts';
import { reasonsInNorwegian } from './reasons.ts';

export const waitsInNorwegian: WaitPhrases = {
  later: 'senere',
  forEndOfHalt: (note) => `all utsending er stanset («${note}») til noen opphever stansen`,
  forBrake: (braked, then) =>
    `gjennomgangen er bremset (${describeBraked(braked)}) til noen lar den fortsette eller stopper den; uten svar trekkes varselet tilbake ${then}`,
  forHours: (then) => `varslingstiden begynner ${then}`,
  forPushService: (code, then) => `pushtjenesten er stengt (${trouble(code)}); nytt forsøk ${then} eller senere`,
  forNextAttempt: (then) => `nytt forsøk ${then}`,
  forWorker: 'sendes så snart en arbeidsprosess tar det',
  forDecision:
    'det kan ha kommet fram, og en driftsansvarlig må avgjøre om det gjorde det («scenario-push held settle» eller «held release»)',
};

/** `omtrent 4812 i stedet for 130, som er medianen av de siste 10 gjennomgangene` */
export function describeBraked({ expected, usual, sweeps }: Braked): string {
  const measure =
    sweeps === 0
      ? 'som er en tidel av likepersonene som ble vurdert, for det finnes ingen fullført gjennomgang å sammenligne med'
      : sweeps === 1
        ? 'som i forrige gjennomgang'
        : `som er medianen av de siste ${sweeps} gjennomgangene`;
  return `omtrent ${expected} i stedet for ${usual}, ${measure}`;
}

function trouble(code: string | null): string {
  if (code === null) return 'feil';
  const failed: Readonly<Record<string, string>> = reasonsInNorwegian.failed;
  return Object.hasOwn(failed, code) ? failed[code]! : code;
}
