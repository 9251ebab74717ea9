import type { SuppressionReason } from '../suppression.ts';
import { reasonsInEnglish } from './en/reasons.ts';
import type { InLanguages, Language } from './language.ts';
import { reasonsInNorwegian } from './nb/reasons.ts';

/** Why a scenario does not concern a mentor at all. */
export const OFF_REASONS = [
  'not_a_peer_mentor',
  'inactive_user',
  'no_chapter',
  'no_rule',
  'disabled',
  'misconfigured',
  'unknown_timezone',
] as const;
export type OffReason = (typeof OFF_REASONS)[number];

/** Why one message to one device failed, or may have: what Firebase says, or what this service finds itself. */
export const FAILURE_CODES = [
  'messaging/registration-token-not-registered',
  'messaging/installation-id-not-registered',
  'messaging/invalid-argument',
  'messaging/invalid-payload',
  'messaging/invalid-recipient',
  'messaging/payload-size-limit-exceeded',
  'messaging/mismatched-credential',
  'messaging/third-party-auth-error',
  'messaging/authentication-error',
  'messaging/message-rate-exceeded',
  'messaging/device-message-rate-exceeded',
  'messaging/topics-message-rate-exceeded',
  'messaging/server-unavailable',
  'messaging/internal-error',
  'messaging/unknown-error',
  'app/invalid-credential',
  'app/no-connection',
  'app/network-error',
  'app/network-timeout',
  'app/no-answer',
  'app/not-sendable',
  'app/not-writable',
  'no-message-name',
  'no-code',
  'not_attempted',
  'holder_lost',
  'not_seen_for_270_days',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** Short enough for a row of a table, and right after "12: " as well as after a mentor's name. */
export interface ReasonPhrases {
  readonly suppressed: Readonly<Record<SuppressionReason, string>>;
  readonly off: Readonly<Record<OffReason, string>>;
  readonly failed: Readonly<Record<FailureCode, string>>;
}

const PHRASES: InLanguages<ReasonPhrases> = { en: reasonsInEnglish, nb: reasonsInNorwegian };

/** Why a candidate is suppressed, or why a scenario is off: `opted out`. One that is not known stays as it is. */
export function reasonInWords(reason: string, language: Language): string {
  const { suppressed, off } = PHRASES[language];
  return find(suppressed, reason) ?? find(off, reason) ?? reason;
}

/** `the device is not registered any more`. A code that is not known stays as it is: Firebase adds some. */
export function failureInWords(code: string, language: Language): string {
  return find(PHRASES[language].failed, code) ?? code;
}

function find(phrases: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(phrases, key) ? phrases[key] : undefined;
}
