/** Milliseconds. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A batch that would claim later than this after its `as_of` only reports, unless it was asked to send late. */
export const LATE_AFTER = 6 * HOUR;

/** Attempts at a device whose outcome stays unknown, before the notification is held. */
export const MAX_UNKNOWN_ATTEMPTS = 5;
