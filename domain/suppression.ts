/** Why a candidate must not be sent now, in the order in which they are asked; the first that applies is the reason. */
export const SUPPRESSION_REASONS = [
  'opted_out',
  'already_sent',
  'in_flight',
  'cooldown',
  'capped',
  'no_device_token',
  'late',
  'limit',
] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

/** Candidates suppressed, by reason; a reason that did not occur is absent. */
export type SuppressedCounts = Partial<Record<SuppressionReason, number>>;
