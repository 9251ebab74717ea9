import { milestoneWords, whyMilestone } from '../explanation/milestone.ts';
import { defineScenario } from './definition.ts';

/** A mentor who has held so many sessions this calendar year. One notification for each threshold reached. */
export const milestone = defineScenario({
  words: milestoneWords,
  parameters: {
    thresholds: { kind: 'ascending', min: 1, maxItems: 50, default: [50, 100, 200] },
    summary_max_age_hours: { kind: 'integer', min: 1, nullable: true, default: 48 },
  },
  placeholders: { sessions: { kind: 'number', sample: 50 }, year: { kind: 'number', sample: 2026 } },
  cooldownMinutes: 0,
  timeToLiveMinutes: 7 * 24 * 60,
  severalPerEvaluation: true,
  isCapped: true,
  schedule: { cron: '7 10 * * *', timezone: 'Europe/Oslo' },
  messages: {
    nb: {
      title: '{sessions, plural, one {# samtale} other {# samtaler}} i {year}',
      body: 'Du har nådd {sessions, plural, one {# samtale} other {# samtaler}} i {year}. Takk for innsatsen!',
    },
    nn: {
      title: '{sessions, plural, one {# samtale} other {# samtalar}} i {year}',
      body: 'Du har nådd {sessions, plural, one {# samtale} other {# samtalar}} i {year}. Takk for innsatsen!',
    },
    en: {
      title: '{sessions, plural, one {# session} other {# sessions}} in {year}',
      body: 'You have reached {sessions, plural, one {# session} other {# sessions}} in {year}. Thank you!',
    },
  },
  explain: whyMilestone,
});
