import { z } from 'zod';
import type { ScenarioDefinition } from './definition.ts';

/** A mentor who has held so many sessions this calendar year. One notification for each threshold reached. */
export const milestone: ScenarioDefinition = {
  title: 'Milestone',
  parameters: z.strictObject({
    thresholds: z
      .array(z.int32().min(1))
      .min(1)
      .refine((all) => all.every((value, i) => i === 0 || value > all[i - 1]!), 'expected ascending integers')
      .optional(),
    summary_max_age_hours: z.int32().min(1).nullable().optional(),
    messages: z.unknown().optional(),
  }),
  parameterDefaults: { thresholds: [50, 100, 200], summary_max_age_hours: 48 },
  cooldownMinutes: 0,
  timeToLiveMinutes: 7 * 24 * 60,
  severalPerEvaluation: true,
  schedule: { cron: '0 17 * * *', timezone: 'Europe/Oslo' },
  messages: {
    nb: ({ sessions, year }) => ({
      title: `${sessions} samtaler i ${year}`,
      body: `Du har nådd ${sessions} samtaler i ${year}. Takk for innsatsen!`,
    }),
    nn: ({ sessions, year }) => ({
      title: `${sessions} samtalar i ${year}`,
      body: `Du har nådd ${sessions} samtalar i ${year}. Takk for innsatsen!`,
    }),
    en: ({ sessions, year }) => ({
      title: `${sessions} sessions in ${year}`,
      body: `You have reached ${sessions} sessions in ${year}. Thank you!`,
    }),
  },
};
