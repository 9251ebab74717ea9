import type { Kysely } from 'kysely';
import { evaluationParameters, type EvaluationRequest } from '../../db/evaluation-request.ts';
import { evaluationStatement } from '../../db/evaluation-statement.ts';
import type { PreviewRow } from '../../db/preview.ts';
import type { Database } from '../../db/tables.ts';
import { rangeOf } from '../../domain/mentor-range.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import type { Audience, Micros } from '../../proof/evaluator/audience.ts';
import { toMillis } from '../../proof/evaluator/calendar.ts';
import { evaluate } from '../../proof/evaluator/evaluate.ts';

export type Preview = (request: EvaluationRequest) => Promise<readonly PreviewRow[]>;

export interface Difference {
  readonly scenarioType: ScenarioType;
  readonly expected: readonly string[];
  readonly actual: readonly string[];
}

export const everybody = rangeOf(0, 1);

/** What the evaluator says, a line for each candidate in order and the counts last; instants to the millisecond. */
export function expectedLines(audience: Audience, scenarioType: ScenarioType, asOf: Date): string[] {
  const { verdicts, mentors_evaluated, mentors_misconfigured } = evaluate(audience, scenarioType, asOf);
  return [
    ...verdicts.map((v) =>
      line({ ...v, next_eligible_at: millisOf(v.next_eligible_at), send_at: millisOf(v.send_at) }),
    ),
    JSON.stringify({ mentors_evaluated, mentors_misconfigured }),
  ];
}

const millisOf = (instant: Micros | null) => (instant === null ? null : toMillis(instant));

/** The same of the database. */
export async function actualLines(
  db: Kysely<Database>,
  preview: Preview,
  scenarioType: ScenarioType,
  asOf: Date,
): Promise<string[]> {
  const request = { scenarioType, asOf, range: everybody };
  const rows = await preview(request);
  const count = evaluationStatement<{ mentors_evaluated: number; mentors_misconfigured: number }>(
    scenarioType,
    'count-audience',
  );
  const {
    rows: [counts],
  } = await db.executeQuery(count(evaluationParameters(request)));
  return [
    ...rows.map((row) =>
      line({
        ...row,
        next_eligible_at: row.next_eligible_at?.getTime() ?? null,
        send_at: row.send_at?.getTime() ?? null,
      }),
    ),
    JSON.stringify({
      mentors_evaluated: counts!.mentors_evaluated,
      mentors_misconfigured: counts!.mentors_misconfigured,
    }),
  ];
}

function line(row: {
  user_id: string;
  occurrence: string;
  idempotency_key: string;
  scenario_rule_id: string;
  reason: string | null;
  next_eligible_at: number | null;
  send_at: number | null;
}): string {
  const { user_id, occurrence, idempotency_key, scenario_rule_id, reason, next_eligible_at, send_at } = row;
  return JSON.stringify({ user_id, occurrence, idempotency_key, scenario_rule_id, reason, next_eligible_at, send_at });
}

/** Null where the two agree, line by line. */
export function difference(
  scenarioType: ScenarioType,
  expected: readonly string[],
  actual: readonly string[],
): Difference | null {
  const same = expected.length === actual.length && expected.every((text, at) => text === actual[at]);
  return same ? null : { scenarioType, expected, actual };
}

/** Of whom the two say different things; a difference of the order or the counts alone names nobody. */
export function mentorsIn({ expected, actual }: Difference): Set<string> {
  const [wanted, got] = [new Set(expected), new Set(actual)];
  const odd = [...expected.filter((text) => !got.has(text)), ...actual.filter((text) => !wanted.has(text))];
  return new Set(odd.flatMap((text) => (JSON.parse(text) as { user_id?: string }).user_id ?? []));
}
