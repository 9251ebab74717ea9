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

/** What stops the whole dispatch for a while, not only one message. */
export interface PushServicePause {
  readonly code: string;
  /** Milliseconds until the next attempt makes sense; null leaves it to the back-off. */
  readonly retryAfterMs: number | null;
}
