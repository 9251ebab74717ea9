import { inactivityWords, whyInactive } from '../explanation/inactivity.ts';
import { defineScenario } from './definition.ts';

/** A mentor who has registered no activity for a while. At most one reminder an evaluation. */
export const inactivity = defineScenario({
  words: inactivityWords,
  parameters: {
    inactive_days: { kind: 'integer', min: 1, default: 30 },
    max_reminders: { kind: 'integer', min: 1, nullable: true, default: 3 },
  },
  placeholders: { days: { kind: 'number', sample: 31 } },
  cooldownMinutes: 14 * 24 * 60,
  timeToLiveMinutes: 24 * 60,
  severalPerEvaluation: false,
  isCapped: true,
  schedule: { cron: '7 12 * * *', timezone: 'Europe/Oslo' },
  messages: {
    nb: {
      title: 'Det er en stund siden sist',
      body: 'Det er {days, plural, one {# dag} other {# dager}} siden du registrerte en aktivitet. Har du vært i kontakt med noen, så legg det inn.',
    },
    nn: {
      title: 'Det er ei stund sidan sist',
      body: 'Det er {days, plural, one {# dag} other {# dagar}} sidan du registrerte ein aktivitet. Har du vore i kontakt med nokon, så legg det inn.',
    },
    en: {
      title: 'It has been a while',
      body: 'You last registered an activity {days, plural, one {# day} other {# days}} ago. If you have been in touch with someone, please add it.',
    },
  },
  explain: whyInactive,
});
