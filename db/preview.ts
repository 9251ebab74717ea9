import type { Kysely, Transaction } from 'kysely';
import { rangeOf } from '../domain/mentor-range.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import type { EvaluationCounts } from '../domain/sweep.ts';
import { evaluationParameters, type EvaluationRequest, type ProposedRule } from './evaluation-request.ts';
import { evaluationStatement, expectMany } from './evaluation-statement.ts';
import { guard } from './repository-exception.ts';
import { first, must } from './run-statement.ts';
import type { Database } from './tables.ts';

const ROWS_PER_FETCH = 1_000;

/** A candidate with its verdict; `reason` null = to be sent. */
export interface PreviewRow {
  readonly user_id: string;
  readonly chapter_id: string;
  readonly occurrence: string;
  /** Order of one mentor's notifications. */
  readonly position: number;
  readonly idempotency_key: string;
  readonly scenario_rule_id: string;
  readonly reason: string | null;
  readonly next_eligible_at: Date | null;
  /** When their hours begin; null = at once, or not sent. */
  readonly send_at: Date | null;
  /** By which clock they begin; null where `send_at` is. */
  readonly timezone: string | null;
  readonly message_values: Readonly<Record<string, string | number>>;
  readonly locale: string;
  /** The rule's own texts, if it has any. */
  readonly messages: Readonly<Record<string, { readonly title: string; readonly body: string }>> | null;
}

/** How many mentors an evaluation looks at, and how many have a rule that cannot be read. */
export type Audience = Pick<EvaluationCounts, 'mentors_evaluated' | 'mentors_misconfigured'>;

export interface PreviewVisitor {
  /** Before the first candidate of a type. */
  readonly audience: (scenarioType: ScenarioType, audience: Audience) => void;
  readonly candidate: (scenarioType: ScenarioType, row: PreviewRow) => Promise<void> | void;
}

/** Candidates with their verdicts in bytewise order of user id and occurrence; memory does not grow with them. */
export async function* streamCandidates(
  db: Kysely<Database>,
  request: EvaluationRequest,
  proposedRules: readonly ProposedRule[] = [],
): AsyncIterable<PreviewRow> {
  const preview = evaluationStatement<PreviewRow>(request.scenarioType, 'preview-candidates');
  const chunks = db.getExecutor().stream(preview(evaluationParameters({ ...request, proposedRules })), ROWS_PER_FETCH);
  for await (const chunk of chunks) yield* chunk.rows;
}

export interface PreviewRequest {
  readonly scenarioTypes: readonly ScenarioType[];
  readonly asOf: Date;
}

/** Which mentors are asked about. */
export type PreviewPart = Pick<EvaluationRequest, 'range' | 'chapterId'>;

/** The same by other rules, for comparison. */
export interface Proposal {
  readonly rules: readonly ProposedRule[];
  readonly visitor: PreviewVisitor;
}

/**
 * Everybody's verdicts for the given types, in their order: the statement of a sweep without its claim. With
 * `proposed` rules, once more by those. All of one state of the database.
 */
export async function preview(
  db: Kysely<Database>,
  request: PreviewRequest,
  visitor: PreviewVisitor,
  proposed?: Proposal,
): Promise<void> {
  await inSnapshot(db, (tx) => previewPart(tx, request, { range: rangeOf(0, 1) }, visitor, proposed));
}

/** One state of the database, of which nothing is changed. Throws {@link ScenarioRepositoryException}. */
export async function inSnapshot<T>(db: Kysely<Database>, work: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  return guard('preview', () =>
    db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
  );
}

/** {@link preview} of some mentors, in a transaction of the caller's. */
export async function previewPart(
  tx: Transaction<Database>,
  { scenarioTypes, asOf }: PreviewRequest,
  part: PreviewPart,
  visitor: PreviewVisitor,
  proposed?: Proposal,
): Promise<void> {
  // A chapter's mentors are looked up one by one.
  if (part.chapterId === undefined) await expectMany(tx);
  for (const scenarioType of scenarioTypes) {
    const evaluation = { scenarioType, asOf, ...part };
    await visit(tx, evaluation, [], visitor);
    if (proposed) await visit(tx, evaluation, proposed.rules, proposed.visitor);
  }
}

async function visit(
  db: Kysely<Database>,
  request: EvaluationRequest,
  rules: readonly ProposedRule[],
  visitor: PreviewVisitor,
): Promise<void> {
  const proposedRules = rules.filter((rule) => rule.scenario_type === request.scenarioType);
  const audience = evaluationStatement<Audience>(request.scenarioType, 'count-audience');
  visitor.audience(
    request.scenarioType,
    must(await first(db, audience, evaluationParameters({ ...request, proposedRules }))),
  );
  for await (const row of streamCandidates(db, request, proposedRules))
    await visitor.candidate(request.scenarioType, row);
}
