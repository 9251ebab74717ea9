import { certificationExpiryWords, whyCertificationExpiry } from '../explanation/certification-expiry.ts';
import { defineScenario } from './definition.ts';

/** A certificate that is about to lapse. One notification for each certificate and lead time. */
export const certificationExpiry = defineScenario({
  words: certificationExpiryWords,
  parameters: {
    lead_days: { kind: 'distinct', min: 0, maxItems: 50, default: [60, 30, 7] },
  },
  // {date} is the same as {expires_on}, and older: claims of the build before have it alone, so the texts below name it.
  placeholders: {
    certification: { kind: 'text', sample: 'Førstehjelp' },
    days: { kind: 'number', sample: 30 },
    date: { kind: 'date', sample: '2026-12-27' },
    expires_on: { kind: 'date', sample: '2026-12-27' },
  },
  cooldownMinutes: 0,
  timeToLiveMinutes: 3 * 24 * 60,
  severalPerEvaluation: true,
  isCapped: false,
  schedule: { cron: '7 9 * * *', timezone: 'Europe/Oslo' },
  messages: {
    nb: {
      title: 'Et sertifikat utløper snart',
      body: '{certification} utløper {days, plural, =0 {i dag} =1 {i morgen} other {om # dager}}, {date}. Ta kontakt med koordinatoren din om fornyelse.',
    },
    nn: {
      title: 'Eit sertifikat går snart ut',
      body: '{certification} går ut {days, plural, =0 {i dag} =1 {i morgon} other {om # dagar}}, {date}. Ta kontakt med koordinatoren din om fornying.',
    },
    en: {
      title: 'A certificate is about to expire',
      body: '{certification} expires {days, plural, =0 {today} =1 {tomorrow} other {in # days}}, on {date}. Please ask your coordinator about renewal.',
    },
  },
  explain: whyCertificationExpiry,
});
