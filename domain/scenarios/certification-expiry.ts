import { defineScenario } from './definition.ts';
import { inDays, longDate } from './phrases.ts';

/** A certificate that is about to lapse. One notification for each certificate and lead time. */
export const certificationExpiry = defineScenario({
  title: 'Certification expiry',
  parameters: {
    lead_days: { kind: 'distinct', min: 0, maxItems: 50, default: [60, 30, 7] },
  },
  placeholders: ['certification', 'days', 'date'],
  cooldownMinutes: 0,
  timeToLiveMinutes: 3 * 24 * 60,
  severalPerEvaluation: true,
  schedule: { cron: '0 9 * * *', timezone: 'Europe/Oslo' },
  messages: {
    nb: ({ certification, days, date }) => ({
      title: 'Et sertifikat utløper snart',
      body: `${certification} utløper ${inDays('nb', days)}, ${longDate('nb', date)}. Ta kontakt med koordinatoren din om fornyelse.`,
    }),
    nn: ({ certification, days, date }) => ({
      title: 'Eit sertifikat går snart ut',
      body: `${certification} går ut ${inDays('nn', days)}, ${longDate('nn', date)}. Ta kontakt med koordinatoren din om fornying.`,
    }),
    en: ({ certification, days, date }) => ({
      title: 'A certificate is about to expire',
      body: `${certification} expires ${inDays('en', days)}, on ${longDate('en', date)}. Please ask your coordinator about renewal.`,
    }),
  },
});
