import { sql, type Kysely } from 'kysely';
import { rangeOf } from '../domain/mentor-range.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { evaluationParameters } from './evaluation-request.ts';
import { evaluationStatement } from './evaluation-statement.ts';
import type { Audience, PreviewRow } from './preview.ts';
import { guard } from './repository-exception.ts';
import { all, first, must } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

export interface NamedChapter {
  readonly id: string;
  readonly name: string | null;
  readonly organization: string | null;
}

/** A line of `chapter_log`. */
export interface LogLine {
  readonly log_id: string;
  readonly peer_mentor_id: string;
  readonly scenario_type: ScenarioType;
  readonly delivered_at: Date;
  readonly delivery_channel: 'fcm' | 'apns';
  readonly status: 'delivered' | 'failed' | 'skipped';
  readonly reason: string | null;
}

/** A page begins after the row with this id; null: at the beginning. */
export interface PageOf {
  readonly afterId: string | null;
  readonly most: number;
}

const list = statementFromFile<NamedChapter>('list-chapters');
const activityOfMentor = statementFromFile<{ on_date: string }>('activity-of-mentor');
const pageOfLog = statementFromFile<LogLine>('page-of-log');

/** Of these ids (null: of all) those that the person signed in is in charge of. To be asked as `authenticated`. */
export async function readableChapters(db: Kysely<Database>, ids: readonly string[] | null): Promise<string[]> {
  return guard('readableChapters', async () => {
    const { rows } = await sql<{ id: string }>`
      select readable.id from readable_chapters(${ids && [...ids]}::uuid[]) as readable (id)`.execute(db);
    return rows.map(({ id }) => id);
  });
}

/** Of these ids those of mentors in chapters that the person signed in is in charge of. To be asked as `authenticated`. */
export async function readableMentors(db: Kysely<Database>, ids: readonly string[]): Promise<string[]> {
  return guard('readableMentors', async () => {
    const { rows } = await sql<{ id: string }>`
      select readable.id from readable_mentors(${[...ids]}::uuid[]) as readable (id)`.execute(db);
    return rows.map(({ id }) => id);
  });
}

/** By name; of these ids (null: of all), and of these those whose name has a part (null: any). */
export async function listChapters(
  db: Kysely<Database>,
  { ids, name, afterId, most }: PageOf & { readonly ids: readonly string[] | null; readonly name: string | null },
): Promise<NamedChapter[]> {
  return guard('listChapters', () => all(db, list, { ids, name, after_id: afterId, most }));
}

/** Who was told in a chapter, the latest first. To be asked as whoever reads it: policies bound it. */
export async function logOfChapter(
  db: Kysely<Database>,
  chapterId: string,
  { afterId, most }: PageOf,
): Promise<LogLine[]> {
  return guard('logOfChapter', () => all(db, pageOfLog, { chapter_id: chapterId, after_id: afterId, most }));
}

/** `YYYY-MM-DD`, the latest first. */
export async function daysOfActivity(db: Kysely<Database>, userId: string, most: number): Promise<string[]> {
  const days = await guard('daysOfActivity', () => all(db, activityOfMentor, { user_id: userId, most }));
  return days.map(({ on_date }) => on_date);
}

/** A preview of one chapter: how many mentors are evaluated, and every candidate with its verdict. */
export async function previewChapter(
  db: Kysely<Database>,
  chapterId: string,
  { scenarioType, asOf }: { readonly scenarioType: ScenarioType; readonly asOf: Date },
): Promise<{ audience: Audience; candidates: PreviewRow[] }> {
  const parameters = evaluationParameters({ scenarioType, asOf, range: rangeOf(0, 1), chapterId });
  return guard('previewChapter', async () => ({
    audience: must(await first(db, evaluationStatement<Audience>(scenarioType, 'count-audience'), parameters)),
    candidates: await all(db, evaluationStatement<PreviewRow>(scenarioType, 'preview-candidates'), parameters),
  }));
}
