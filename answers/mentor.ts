import type { Kysely } from 'kysely';
import { findingsAbout, type ScenarioFindings } from '../db/explain.ts';
import { sendingState } from '../db/sending-state.ts';
import { recentlySetAside } from '../db/set-aside.ts';
import type { Database } from '../db/tables.ts';
import { DAY } from '../domain/durations.ts';
import type { ScenarioAccount } from '../domain/explanation/account.ts';
import type { MessageText } from '../domain/scenarios/definition.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { messageText, type RuleMessages } from '../push/message-text.ts';
import { accountOf } from './account.ts';
import { explainScenario, type ScenarioExplanation } from './explanation.ts';
import type { NextEvaluations } from './next-evaluations.ts';

/** How long ago a sweep may have left the mentor out. */
const WEEK = 7 * DAY;

/** Why one mentor would, or would not, be notified, by scenario type in the order that was asked. */
export interface MentorAnswer {
  readonly mentor: string;
  readonly asOf: Date;
  /** The mentor's own, else their organisation's. */
  readonly timezone: string;
  /** The note of the halt that is in force. */
  readonly halt: string | null;
  readonly scenarios: readonly ScenarioAnswer[];
}

export interface ScenarioAnswer {
  readonly explanation: ScenarioExplanation;
  readonly found: ScenarioFindings;
  /** What they would read now; null where nothing is due. */
  readonly message: MessageText | null;
}

/** Null: there is no such user. Throws ScenarioRepositoryException. */
export async function explainMentor(
  db: Kysely<Database>,
  mentor: string,
  scenarioTypes: readonly ScenarioType[],
  { asOf, now }: { readonly asOf: Date; readonly now: Date },
): Promise<MentorAnswer | null> {
  const findings = await findingsAbout(db, mentor, scenarioTypes, asOf);
  if (!findings) return null;
  const sending = await sendingState(db);
  const since = new Date(now.getTime() - WEEK);
  const setAside = await recentlySetAside(db, { since, userId: mentor, scenarioType: null });
  const [first] = findings.values();
  return {
    mentor,
    asOf,
    timezone: first?.rule.own_timezone ?? 'UTC',
    halt: sending.halt?.note ?? null,
    scenarios: [...findings].map(([type, found]) => ({
      explanation: explainScenario(mentor, type, found, sending, setAside, now),
      found,
      message: messageOf(type, found),
    })),
  };
}

/** What is said of each scenario in words, in their order; `next` from `nextEvaluations`. */
export function accountsOf({ scenarios, asOf, halt }: MentorAnswer, next: NextEvaluations): ScenarioAccount[] {
  return scenarios.map(({ explanation, found }) =>
    accountOf(explanation, found, { asOf, next: next.get(explanation.scenario_type) ?? null, halt }),
  );
}

function messageOf(scenarioType: ScenarioType, { rule, potential }: ScenarioFindings): MessageText | null {
  const first = potential.find((row) => row.due);
  if (!first) return null;
  const own = (rule.parameters?.['messages'] as RuleMessages | undefined) ?? null;
  return messageText(scenarioType, rule.locale, first.message_values, own);
}
