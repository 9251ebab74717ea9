import { releasesInEnglish } from './en/releases.ts';
import type { InLanguages, Language } from './language.ts';
import { releasesInNorwegian } from './nb/releases.ts';

/** Why a claim was released: withdrawn, because it was no longer right, or given up. */
export const RELEASE_REASONS = [
  'opted_out',
  'not_active',
  'rule_off',
  'no_longer_due',
  'braked',
  'recalled',
  'stopped',
  'rejected',
  'no_device_token',
  'not_tried_in_time',
  'operator',
] as const;
export type ReleaseReason = (typeof RELEASE_REASONS)[number];

/** What has to happen before it may be claimed again. Of all others: an evaluation, if it is still due. */
export type ReleaseThatWaits = Extract<
  ReleaseReason,
  'opted_out' | 'not_active' | 'rule_off' | 'no_longer_due' | 'no_device_token'
>;

export interface ReleasePhrases {
  /** Of a notification: alone, and after "it was". */
  readonly released: Readonly<Record<ReleaseReason, string>>;
  readonly releasedOtherwise: (reason: string) => string;
  readonly waitsFor: Readonly<Record<ReleaseThatWaits, string>>;
  readonly waitsForEvaluation: string;
}

const PHRASES: InLanguages<ReleasePhrases> = { en: releasesInEnglish, nb: releasesInNorwegian };

/** `withdrawn: opted out meanwhile` */
export function releaseInWords(reason: string, language: Language): string {
  const { released, releasedOtherwise } = PHRASES[language];
  return isOneOf(released, reason) ? released[reason] : releasedOtherwise(reason);
}

/** What happens next: `they have to opt in again`. */
export function afterRelease(reason: string, language: Language): string {
  const { waitsFor, waitsForEvaluation } = PHRASES[language];
  return isOneOf(waitsFor, reason) ? waitsFor[reason] : waitsForEvaluation;
}

function isOneOf<Key extends string>(phrases: Readonly<Record<Key, unknown>>, key: string): key is Key {
  return Object.hasOwn(phrases, key);
}
