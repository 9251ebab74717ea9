import type { Transaction } from 'kysely';
import { MINUTE, SECOND } from '../domain/durations.ts';
import type { MentorRange } from '../domain/mentor-range.ts';
import { addCounts, NO_COUNTS, type EvaluationCounts, type ScenarioCounts } from '../domain/sweep.ts';
import { affordable, type Attempted } from './affordable.ts';
import type { ClaimRequest, ProposedRule } from './evaluation-request.ts';
import { all, first, must } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** What a batch left out; everybody else in it was evaluated. */
export interface SetAside {
  readonly scenario_rule_id: string;
  /** Null: everybody under the rule. */
  readonly user_id: string | null;
  /** Of the error that evaluating it alone ended with. */
  readonly sqlstate: string;
}

interface RuleOfRange {
  readonly id: string;
  readonly organization_id: string | null;
  readonly chapter_id: string | null;
  readonly mentors: number;
}

interface Part {
  readonly range: MentorRange;
  readonly rules: readonly RuleOfRange[];
}

type Evaluate = (request: ClaimRequest) => Promise<EvaluationCounts>;

/** The least that a part may take, and what each of its mentors adds: ten times what it takes on a machine at leisure. */
const LEAST = 2 * SECOND;
const PER_MENTOR = 0.4;
/** After this nothing is divided further, so that a batch ends within the time that its activity has. */
const LONGEST = 4 * MINUTE;
/** Where as much time is lost under a rule as so many mentors cost, or so many were set aside, it is the rule itself. */
const PATIENCE = 3;
const MOST_MENTORS = 20;
/** Of a rule that was set aside without trying each of its mentors: PostgreSQL's own for a statement that took too long. */
const GIVEN_UP = '57014';
/** No rule has such a parameter. */
const UNREADABLE = { set_aside: true };
/** Rules are told apart one by one up to here; beyond, the range is divided first. */
const MOST_RULES = 500;

const rulesOfRange = statementFromFile<RuleOfRange>('rules-of-range');
const middleOfRange = statementFromFile<{ id: string; mentors: number }>('middle-of-range');
const keepParts = statementFromFile<EvaluationCounts>('keep-parts');

/**
 * Evaluates a batch of which the one statement failed or took too long: halves its rules, then the range of one rule,
 * until what is to blame stands alone. That is set aside and counted as misconfigured; all else is evaluated, and is
 * claimed by the same statement in the same transaction. Throws what fails although nobody is evaluated.
 */
export async function evaluateInParts(
  tx: Transaction<Database>,
  request: ClaimRequest,
  evaluate: Evaluate,
): Promise<{ counts: EvaluationCounts; setAside: readonly SetAside[] }> {
  const division = new Division(tx, request, evaluate);
  await division.divide(request.range);
  const { mentors_evaluated, mentors_misconfigured, candidates, claimed, suppressed } = division.counts;
  const { setAside } = division;
  const counts = must(
    await first(tx, keepParts, {
      mentors_evaluated,
      mentors_misconfigured,
      candidates,
      claimed,
      suppressed: JSON.stringify(suppressed),
      batch_key: request.batchKey,
      set_aside: JSON.stringify(setAside),
    }),
  );
  return { counts, setAside };
}

class Division {
  counts: ScenarioCounts = NO_COUNTS;
  readonly setAside: SetAside[] = [];
  readonly #tx: Transaction<Database>;
  readonly #request: ClaimRequest;
  readonly #evaluate: Evaluate;
  readonly #deadline = performance.now() + LONGEST;
  /** Milliseconds of tries that failed, by rule. */
  readonly #lost = new Map<string, number>();
  /** In force for the range that is divided. */
  #rules: readonly RuleOfRange[] = [];

  constructor(tx: Transaction<Database>, request: ClaimRequest, evaluate: Evaluate) {
    this.#tx = tx;
    this.#request = request;
    this.#evaluate = evaluate;
  }

  /** A range whose evaluation has failed, for all of its rules. */
  async divide(range: MentorRange): Promise<void> {
    const { scenarioType: scenario_type } = this.#request;
    this.#rules = await all(this.#tx, rulesOfRange, { scenario_type, range_from: range.from, range_to: range.to });
    if (this.#rules.length > 0 && this.#rules.length <= MOST_RULES) return this.#split({ range, rules: this.#rules });
    const { halves } = await this.#cut(range);
    // Nobody is to blame, and still it failed: it is the database that is in trouble.
    if (!halves) return this.#add(await this.#need({ range, rules: [] }));
    for (const half of halves) await this.divide(half);
  }

  async #part(part: Part): Promise<void> {
    const [rule, ...others] = part.rules;
    if (others.length === 0 && this.#isLost(rule!)) return this.#leaveOut(part, null, GIVEN_UP);
    const began = performance.now();
    const attempt = await this.#try(part);
    if ('result' in attempt) return this.#add(attempt.result);
    for (const { id } of part.rules.length === 1 ? part.rules : [])
      this.#lost.set(id, (this.#lost.get(id) ?? 0) + performance.now() - began);
    await this.#split(part);
  }

  async #split(part: Part): Promise<void> {
    const { range, rules } = part;
    const [rule, ...others] = rules;
    if (others.length > 0) {
      const middle = Math.ceil(rules.length / 2);
      await this.#part({ range, rules: rules.slice(0, middle) });
      return this.#part({ range, rules: rules.slice(middle) });
    }
    if (this.#isLost(rule!) || performance.now() > this.#deadline) return this.#leaveOut(part, null, GIVEN_UP);
    const { halves, only } = await this.#cut(range);
    if (!halves) return this.#last(part, only);
    for (const half of halves) await this.#part({ range: half, rules: [{ ...rule!, mentors: rule!.mentors / 2 }] });
  }

  /** One mentor, tried once more: what made them slow may have been the machine. */
  async #last(part: Part, userId: string | null): Promise<void> {
    const attempt = await this.#try(part);
    if ('result' in attempt) this.#add(attempt.result);
    else await this.#leaveOut(part, userId, attempt.failed);
  }

  async #leaveOut({ range, rules }: Part, user_id: string | null, sqlstate: string): Promise<void> {
    const scenario_rule_id = rules[0]!.id;
    this.#add(await this.#need({ range, rules: [] }, scenario_rule_id));
    const isKnown = this.setAside.some((one) => one.scenario_rule_id === scenario_rule_id && one.user_id === user_id);
    if (!isKnown) this.setAside.push({ scenario_rule_id, user_id, sqlstate });
  }

  /** Evaluates nobody. Where that fails as well, it is the database that is in trouble, and the batch is tried again. */
  async #need(part: Part, unreadable?: string): Promise<EvaluationCounts> {
    const attempt = await this.#try(part, unreadable);
    if ('result' in attempt) return attempt.result;
    throw new Error(`evaluating nobody failed with SQLSTATE ${attempt.failed}`);
  }

  /** Other rules stand aside as if they were disabled, and `unreadable` as if it could not be read: its mentors are counted. */
  async #try({ range, rules }: Part, unreadable?: string): Promise<Attempted<EvaluationCounts>> {
    const { scenarioType: scenario_type } = this.#request;
    const kept = new Set(rules.map(({ id }) => id));
    const proposedRules = this.#rules
      .filter(({ id }) => !kept.has(id))
      .map(({ id, organization_id, chapter_id }): ProposedRule => ({
        scenario_type,
        organization_id,
        chapter_id,
        cooldown_minutes: 0,
        on_unknown: 'resend',
        starts_on: null,
        ...(id === unreadable ? { enabled: true, parameters: UNREADABLE } : { enabled: false, parameters: {} }),
      }));
    const mentors = rules.reduce((sum, rule) => sum + rule.mentors, 0);
    const withinMs = LEAST + PER_MENTOR * mentors;
    return affordable(this.#tx, () => this.#evaluate({ ...this.#request, range, proposedRules, withinMs }));
  }

  async #cut(range: MentorRange): Promise<{ halves: MentorRange[] | null; only: string | null }> {
    const middle = await first(this.#tx, middleOfRange, { range_from: range.from, range_to: range.to });
    if (!middle || middle.mentors < 2) return { halves: null, only: middle?.id ?? null };
    const { id } = middle;
    return {
      halves: [
        { ...range, to: id },
        { ...range, from: id },
      ],
      only: null,
    };
  }

  /** More time was lost under the rule than a few mentors alone can cost. */
  #isLost({ id }: RuleOfRange): boolean {
    const { mentors } = this.#rules.find((rule) => rule.id === id)!;
    const onTheWay = LEAST * (Math.log2(mentors) + 2) + 2 * PER_MENTOR * mentors;
    const mentorsOfRule = this.setAside.filter((one) => one.scenario_rule_id === id).length;
    return mentorsOfRule >= MOST_MENTORS || (this.#lost.get(id) ?? 0) > PATIENCE * onTheWay;
  }

  #add(counts: EvaluationCounts): void {
    this.counts = addCounts(this.counts, { ...NO_COUNTS, ...counts });
  }
}
