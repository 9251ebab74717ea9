import { SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';
import type { Locale } from '../../domain/scenarios/definition.ts';

/** Organisations, chapters and rules of the sample. All places are invented. */
export interface SampleOrganization {
  readonly name: string;
  readonly timezone: string;
  readonly chapters: readonly string[];
  /** How many of ten mentors read which language. */
  readonly locales: readonly { readonly locale: Locale; readonly weight: number }[];
  readonly certificates: readonly string[];
  /** The hours in which its mentors are notified. Absent: any. */
  readonly hours?: { readonly from: string; readonly until: string };
}

export interface SampleRule {
  readonly organization: string;
  /** Absent: for the whole organisation. */
  readonly chapter?: string;
  readonly scenarioType: ScenarioType;
  readonly enabled: boolean;
  readonly cooldownMinutes: number;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const WEEK = 7 * 24 * 60;
const english = [{ locale: 'en', weight: 10 }] as const;

export const ORGANIZATIONS: readonly SampleOrganization[] = [
  {
    name: 'Fjellbro',
    timezone: 'Europe/Oslo',
    chapters: [
      'Lysevik',
      'Granheim',
      'Nordbru',
      'Skoglia',
      'Bjørkenes',
      'Havdal',
      'Myrvang',
      'Solbakkeby',
      'Steinfjord',
      'Tindeli',
    ],
    locales: [
      { locale: 'nb', weight: 7 },
      { locale: 'nn', weight: 2 },
      { locale: 'en', weight: 1 },
    ],
    certificates: ['Grunnkurs', 'Førstehjelp', 'Trygg samtale'],
  },
  {
    name: 'Harrowmere',
    timezone: 'Europe/London',
    chapters: ['Alderwick', 'Brackenford', 'Coldmarsh', 'Dunmere'],
    locales: english,
    certificates: ['Foundation course', 'First aid', 'Safeguarding'],
    hours: { from: '08:00', until: '21:00' },
  },
  {
    name: 'Tallgrass Harbor',
    timezone: 'America/New_York',
    chapters: ['Cedar Point', 'Old Mill', 'Riverbend'],
    locales: english,
    certificates: ['Foundation course', 'First aid', 'Safeguarding'],
  },
  {
    name: 'Minamori',
    timezone: 'Asia/Tokyo',
    chapters: ['Aokawa', 'Hinode', 'Shirasagi'],
    locales: english,
    certificates: ['Foundation course', 'First aid', 'Safeguarding'],
  },
];

export const RULES: readonly SampleRule[] = [
  {
    organization: 'Harrowmere',
    scenarioType: 'inactivity',
    enabled: true,
    cooldownMinutes: 3 * WEEK,
    parameters: { inactive_days: 45, max_reminders: 2 },
  },
  {
    organization: 'Harrowmere',
    chapter: 'Dunmere',
    scenarioType: 'inactivity',
    enabled: false,
    cooldownMinutes: 2 * WEEK,
    parameters: {},
  },
  // Two certificates that lapse in the same week are one reminder, and another a week later.
  {
    organization: 'Tallgrass Harbor',
    scenarioType: 'certification_expiry',
    enabled: true,
    cooldownMinutes: WEEK,
    parameters: { lead_days: [90, 30, 7] },
  },
  {
    organization: 'Minamori',
    scenarioType: 'milestone',
    enabled: true,
    cooldownMinutes: 0,
    parameters: { thresholds: [25, 75, 150], summary_max_age_hours: 24 },
  },
  {
    organization: 'Fjellbro',
    chapter: 'Skoglia',
    scenarioType: 'inactivity',
    enabled: true,
    cooldownMinutes: WEEK,
    parameters: { inactive_days: 21, max_reminders: null },
  },
  {
    organization: 'Fjellbro',
    chapter: 'Havdal',
    scenarioType: 'welcome_back',
    enabled: false,
    cooldownMinutes: 4 * WEEK,
    parameters: {},
  },
  {
    organization: 'Minamori',
    chapter: 'Hinode',
    scenarioType: 'inactivity',
    enabled: true,
    cooldownMinutes: 2 * WEEK,
    parameters: { inactive_days: 60 },
  },
];

/** What the rules in force in a chapter ask, as far as the sample arranges its mentors by it. */
export interface Terms {
  readonly inactiveDays: number;
  readonly maxReminders: number | null;
  readonly inactivityCooldownDays: number;
  readonly thresholds: readonly number[];
  readonly leadDays: readonly number[];
  readonly gapDays: number;
  readonly recentDays: number;
}

export function termsOf(organization: string, chapter: string): Terms {
  const rule = (scenarioType: ScenarioType) => {
    const near = RULES.filter((r) => r.scenarioType === scenarioType && r.organization === organization);
    const own = near.find((r) => r.chapter === chapter) ?? near.find((r) => r.chapter === undefined);
    const { parameterDefaults, cooldownMinutes } = SCENARIOS[scenarioType];
    return {
      ...parameterDefaults,
      ...own?.parameters,
      cooldownMinutes: own?.cooldownMinutes ?? cooldownMinutes,
    } as Record<string, unknown>;
  };
  const inactivity = rule('inactivity');
  const welcomeBack = rule('welcome_back');
  return {
    inactiveDays: inactivity['inactive_days'] as number,
    maxReminders: inactivity['max_reminders'] as number | null,
    inactivityCooldownDays: (inactivity['cooldownMinutes'] as number) / (24 * 60),
    thresholds: rule('milestone')['thresholds'] as number[],
    leadDays: [...(rule('certification_expiry')['lead_days'] as number[])].sort((a, b) => a - b),
    gapDays: welcomeBack['gap_days'] as number,
    recentDays: welcomeBack['recent_days'] as number,
  };
}

/** Whether every rule in force in this chapter is the default one. */
export function isPlain(organization: string, chapter: string): boolean {
  return !RULES.some((r) => r.organization === organization && (r.chapter === undefined || r.chapter === chapter));
}
