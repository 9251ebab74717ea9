import { z } from 'zod';
import type { ScenarioDefinition } from './definition.ts';

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
      body: `${certification} utløper ${date} (om ${days} dager). Ta kontakt med koordinatoren din om fornyelse.`,
    }),
    nn: ({ certification, days, date }) => ({
      title: 'Eit sertifikat går snart ut',
      body: `${certification} går ut ${date} (om ${days} dagar). Ta kontakt med koordinatoren din om fornying.`,
    }),
    en: ({ certification, days, date }) => ({
      title: 'A certificate is about to expire',
      body: `${certification} expires on ${date} (in ${days} days). Please ask your coordinator about renewal.`,
    }),
  },
};
