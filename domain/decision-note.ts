/** Characters of a note; the database takes no more. */
export const LONGEST_DECISION_NOTE = 500;

/** What an operator writes when they decide about a held notification; null: nothing. */
export function isDecisionNote(note: string): boolean {
  return note.length > 0 && note.length <= LONGEST_DECISION_NOTE && !/[\p{Cc}\p{Cs}]/u.test(note);
}
