import type { Kysely } from 'kysely';
import { rangeOf } from '../domain/mentor-range.ts';
import type { PageOf } from './chapters.ts';
import { evaluationParameters } from './evaluation-request.ts';
import { evaluationStatement } from './evaluation-statement.ts';
import { guard } from './repository-exception.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** Nothing was heard of them after the last reminder that their rule allows. */
export interface SilentMentor {
  readonly user_id: string;
  /** `YYYY-MM-DD`; the day of joining where they were never active. */
  readonly last_activity: string;
  readonly days: number;
  readonly reminders: number;
}

/** No device of theirs can be reached. */
export interface UnreachableMentor {
  readonly user_id: string;
  /** Of a device that could be reached once; null: there never was one. */
  readonly last_seen_at: Date | null;
}

/** It runs out within the lead times of the rule, and there is no newer one. */
export interface LapsingCertificate {
  readonly certification_id: string;
  readonly user_id: string;
  readonly certification_type: string;
  /** `YYYY-MM-DD` */
  readonly expires_on: string;
  readonly days_left: number;
  /** Whether the mentor was told, of the lead that has begun or a shorter one. */
  readonly told: boolean;
}

export interface Counted<Row> {
  readonly rows: readonly Row[];
  /** Those that are left out as well; 0 where the page is beyond the end. */
  readonly total: number;
}

const unreachable = statementFromFile<UnreachableMentor & { total: number }>('unreachable-mentors');

/** Nobody where the chapter's rule sets no limit to reminders, is switched off, or cannot be read. */
export async function silentMentors(
  db: Kysely<Database>,
  chapterId: string,
  { asOf, ...page }: PageOf & { readonly asOf: Date },
): Promise<Counted<SilentMentor>> {
  const statement = evaluationStatement<SilentMentor & { total: number }>('inactivity', 'silent-mentors');
  const request = { scenarioType: 'inactivity', asOf, range: rangeOf(0, 1), chapterId } as const;
  return guard('silentMentors', async () =>
    counted(await all(db, statement, { ...evaluationParameters(request), ...bounds(page) })),
  );
}

/** Nobody where the chapter's rule is switched off or cannot be read. */
export async function lapsingCertificates(
  db: Kysely<Database>,
  chapterId: string,
  { asOf, ...page }: PageOf & { readonly asOf: Date },
): Promise<Counted<LapsingCertificate>> {
  const statement = evaluationStatement<LapsingCertificate & { total: number }>(
    'certification_expiry',
    'lapsing-certificates',
  );
  const request = { scenarioType: 'certification_expiry', asOf, range: rangeOf(0, 1), chapterId } as const;
  return guard('lapsingCertificates', async () =>
    counted(await all(db, statement, { ...evaluationParameters(request), ...bounds(page) })),
  );
}

export async function unreachableMentors(
  db: Kysely<Database>,
  chapterId: string,
  page: PageOf,
): Promise<Counted<UnreachableMentor>> {
  return guard('unreachableMentors', async () =>
    counted(await all(db, unreachable, { chapter_id: chapterId, ...bounds(page) })),
  );
}

function bounds({ afterId, most }: PageOf) {
  return { after_id: afterId, most };
}

function counted<Row extends object>(rows: readonly (Row & { readonly total: number })[]): Counted<Row> {
  return { rows, total: rows[0]?.total ?? 0 };
}
