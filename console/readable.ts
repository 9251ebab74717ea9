import type { Transaction } from 'kysely';
import { readableChapters, readableMentors } from '../db/chapters.ts';
import type { Database } from '../db/tables.ts';
import { UUID } from '../domain/uuid.ts';
import type { Reader } from './reader.ts';

/** A UUID in lower case; null for any other text. */
export function idOf(text: string | undefined): string | null {
  const id = text?.trim().toLowerCase() ?? '';
  return UUID.test(id) ? id : null;
}

/** Within `asReader`. Of these mentors those of whom the reader may read what an evaluation finds. */
export async function mentorsFor(
  tx: Transaction<Database>,
  reader: Reader,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  return new Set(reader.kind === 'operator' ? ids : await readableMentors(tx, [...new Set(ids)]));
}

/** Within `asReader`. The chapters that the reader may read, of these (null: of all); null: whichever there are. */
export async function chaptersFor(
  tx: Transaction<Database>,
  reader: Reader,
  ids: readonly string[] | null,
): Promise<readonly string[] | null> {
  return reader.kind === 'operator' ? ids : readableChapters(tx, ids);
}
