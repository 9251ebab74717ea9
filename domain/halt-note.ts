const LONGEST_NOTE = 500;

/** What whoever finds the service halted at night must learn. */
export const HALT_NOTE_EXPECTED = `expected why, in words, on one line of at most ${LONGEST_NOTE} characters`;

/** Whether a text says why sending is halted. */
export function isHaltNote(note: string): boolean {
  return /\p{L}{2}/u.test(note) && !/[\p{Cc}\p{Cs}]/u.test(note) && note.length <= LONGEST_NOTE;
}
