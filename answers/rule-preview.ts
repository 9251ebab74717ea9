import type { Transaction } from 'kysely';
import type { ProposedRule } from '../db/evaluation-request.ts';
import { previewPart, type PreviewPart } from '../db/preview.ts';
import type { Scope } from '../db/rule-scopes.ts';
import type { Database } from '../db/tables.ts';
import { rangeOf } from '../domain/mentor-range.ts';
import { RuleComparison, type Difference, type RuleChange } from './rule-comparison.ts';

/** What a rule would change if it were saved. */
export interface RulePreview extends RuleChange {
  readonly mentors: number;
  /** Mentors left out because a rule or a timezone cannot be read. */
  readonly misconfigured: number;
  /** The first of those who would be told by it alone, and of those who would not be told any more. */
  readonly people: Readonly<Record<Difference['change'], readonly Difference[]>>;
}

interface RulePreviewRequest {
  readonly rule: ProposedRule;
  readonly asOf: Date;
  /** Those that the rule can concern. */
  readonly parts: readonly PreviewPart[];
}

const MOST_PEOPLE = 100;
/** Everybody, in as many parts: each shows that it goes on. */
const PARTS_OF_EVERYBODY = 16;

/** Compares a rule with the one in force, a part after the other. `onPart`: so many are done. */
export async function previewRule(
  tx: Transaction<Database>,
  { rule, asOf, parts }: RulePreviewRequest,
  onPart: (done: number) => void,
): Promise<RulePreview> {
  const people: Record<Difference['change'], Difference[]> = { added: [], dropped: [] };
  const comparison = new RuleComparison(asOf, {
    onDifference: (difference) => {
      if (people[difference.change].length < MOST_PEOPLE) people[difference.change].push(difference);
    },
  });
  const request = { scenarioTypes: [rule.scenario_type], asOf };
  const proposal = { rules: [rule], visitor: comparison.after };
  for (const [i, part] of parts.entries()) {
    await previewPart(tx, request, part, comparison.before, proposal);
    onPart(i + 1);
  }
  comparison.finish();
  const [change] = comparison.changes;
  const summary = comparison.toJson().summary.scenarios[rule.scenario_type];
  return {
    sendNow: 0,
    sendThen: 0,
    added: 0,
    dropped: 0,
    ...change?.[1],
    mentors: summary?.mentors_evaluated ?? 0,
    misconfigured: summary?.mentors_misconfigured ?? 0,
    people,
  };
}

/** Whom a scope's rule can concern: its chapter, the chapters of its organisation, or everybody. */
export function partsOf(scope: Scope, chapters: readonly Scope[]): PreviewPart[] {
  const { organization_id, chapter_id } = scope;
  if (chapter_id === null && organization_id === null)
    return Array.from({ length: PARTS_OF_EVERYBODY }, (_, i) => ({ range: rangeOf(i, PARTS_OF_EVERYBODY) }));
  const theirs = chapters.filter((chapter) =>
    chapter_id === null
      ? chapter.chapter_id !== null && chapter.organization_id === organization_id
      : chapter.chapter_id === chapter_id,
  );
  return theirs.map((chapter) => ({ range: rangeOf(0, 1), chapterId: chapter.chapter_id! }));
}
