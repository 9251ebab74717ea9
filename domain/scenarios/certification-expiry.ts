import { z } from 'zod';
import type { ScenarioDefinition } from './definition.ts';
import { inDays, longDate } from './phrases.ts';

/** A certificate that is about to lapse. One notification for each certificate and lead time. */
export const certificationExpiry: ScenarioDefinition = {
  title: 'Certification expiry',
  parameters: z.strictObject({
    lead_days: z
      .array(z.int32().min(0))
      .min(1)
      .refine((all) => new Set(all).size === all.length, 'expected different integers')
      .optional(),
    messages: z.unknown().optional(),
  }),
  parameterDefaults: { lead_days: [60, 30, 7] },
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
};
