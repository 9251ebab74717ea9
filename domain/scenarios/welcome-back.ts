import { welcomeBackWords, whyWelcomeBack } from '../explanation/welcome-back.ts';
import { defineScenario } from './definition.ts';

/** A mentor who is active again after a long pause. At most one greeting for each return. */
export const welcomeBack = defineScenario({
  words: welcomeBackWords,
  parameters: {
    gap_days: { kind: 'integer', min: 1, default: 30 },
    recent_days: { kind: 'integer', min: 0, default: 7 },
  },
  placeholders: { gap: { kind: 'number', sample: 45 } },
  cooldownMinutes: 30 * 24 * 60,
  timeToLiveMinutes: 24 * 60,
  severalPerEvaluation: false,
  isCapped: true,
  schedule: { cron: '7 11 * * *', timezone: 'Europe/Oslo' },
  messages: {
    nb: { title: 'Velkommen tilbake!', body: 'Så fint at du er i gang igjen. Takk for at du stiller opp.' },
    nn: { title: 'Velkomen tilbake!', body: 'Så fint at du er i gang igjen. Takk for at du stiller opp.' },
    en: { title: 'Welcome back!', body: 'It is good to see you active again. Thank you for being there.' },
  },
  explain: whyWelcomeBack,
});
