/**
 * What the push service made of one message to one device.
 *
 * - `accepted`: it took the message.
 * - `rejected`: it definitely did not; `retryable` when the same message may be accepted later.
 * - `unknown`: it may have. Never guessed away.
 */
export type DeviceOutcome =
  | { readonly status: 'accepted'; readonly messageId: string }
  | { readonly status: 'rejected'; readonly code: string; readonly retryable: boolean; readonly tokenIsDead: boolean }
  | { readonly status: 'unknown'; readonly code: string };

/** What a device's token is to the push service: FCM takes either, and a message names one of the two. */
export type TokenKind = 'registration_token' | 'installation_id';

/** What an answer says about the push service itself, and not only about one message. */
export interface PushServiceTrouble {
  readonly code: string;
  /** Milliseconds that the service asks for; null leaves it to the back-off. */
  readonly retryAfterMs: number | null;
  /** Whether one such answer is enough to stop sending, or several in a row are needed. */
  readonly closes: 'at once' | 'in a row';
  /** It is about the devices of one platform, as of an expired APNs key; absent: about the whole project. */
  readonly of?: 'platform';
}

/** The row of push_gates by which one platform of a project is set aside; a project's id has no slash. */
export const platformGate = (projectId: string, platform: string): string => `${projectId}/${platform}`;
