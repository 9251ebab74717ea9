import { createHash } from 'node:crypto';

/**
 * The key that makes a notification itself, as the evaluation statement computes it in SQL.
 *
 * Lower-case hex SHA-256 of `{user_id}{scenario_type}{date_window}`; the date window is the evaluation date
 * (`YYYY-MM-DD`), for types with several notifications an evaluation with a suffix (`:50`, `:{certification_id}:30`).
 */
export function idempotencyKey(userId: string, scenarioType: string, dateWindow: string): string {
  return sha256Hex(`${userId}${scenarioType}${dateWindow}`);
}

/** The key of a row that coordinators read: `{peer_mentor_id}:{scenario_rule_id}:{date_window}`. */
export function followUpKey(peerMentorId: string, scenarioRuleId: string, dateWindow: string): string {
  return sha256Hex(`${peerMentorId}:${scenarioRuleId}:${dateWindow}`);
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
