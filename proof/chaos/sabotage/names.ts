/** Ways to get it wrong, each of which the checks must report. */
export const SABOTAGE_NAMES = [
  'no-claim',
  'record-before-send',
  'unknown-is-failure',
  'no-fence',
  'lost-record',
  'no-last-look',
] as const;
export type SabotageName = (typeof SABOTAGE_NAMES)[number];
