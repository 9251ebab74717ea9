import { z } from 'zod';
import type { ScenarioDefinition } from './definition.ts';

/** A mentor who is active again after a long pause. At most one greeting for each return. */
export const welcomeBack: ScenarioDefinition = {
  title: 'Welcome back',
  parameters: z.strictObject({
    gap_days: z.int32().min(1).optional(),
    recent_days: z.int32().min(0).optional(),
    messages: z.unknown().optional(),
  }),
  parameterDefaults: { gap_days: 30, recent_days: 7 },
  cooldownMinutes: 30 * 24 * 60,
  timeToLiveMinutes: 24 * 60,
  severalPerEvaluation: false,
  schedule: { cron: '0 11 * * *', timezone: 'Europe/Oslo' },
  messages: {
    nb: () => ({ title: 'Velkommen tilbake!', body: 'Så fint at du er i gang igjen. Takk for at du stiller opp.' }),
    nn: () => ({ title: 'Velkomen tilbake!', body: 'Så fint at du er i gang igjen. Takk for at du stiller opp.' }),
    en: () => ({ title: 'Welcome back!', body: 'It is good to see you active again. Thank you for being there.' }),
  },
};
