import { Command } from 'commander';
import { findingsAbout } from '../../db/explain.ts';
import { sendingState } from '../../db/sending-state.ts';
import { recentlySetAside } from '../../db/set-aside.ts';
import { DAY } from '../../domain/durations.ts';
import { CodedError } from '../../domain/errors.ts';
import { SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { messageText, type RuleMessages } from '../../push/message-text.ts';
import { examples } from '../examples.ts';
import { explainScenario, type ExplainedPast, type ScenarioExplanation, type WaitExplanation } from '../explanation.ts';
import { asOfOption, jsonOption, parseMentor, scenarioOption } from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { paint } from '../paint.ts';
import { withDatabase } from '../with-database.ts';

/** Stands for the empty occurrence. */
const scenarioItself = '(no occurrence)';

const COLOURS = { send: 'green', suppressed: 'yellow', not_due: 'dim', off: 'dim' } as const;

/** How long ago a sweep may have left the mentor out. */
const WEEK = 7 * DAY;

interface ExplainOptions {
  mentor: string;
  scenario: ScenarioType[];
  asOf?: Date;
  json: boolean;
}

export function explainCommand(): Command {
  return new Command('explain')
    .description(
      'show for one mentor why they would, or would not, be notified, and what became of earlier notifications',
    )
    .requiredOption('-m, --mentor <id>', 'user id of the mentor', parseMentor)
    .addOption(scenarioOption())
    .addOption(asOfOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'explain --mentor 6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f',
        'explain --mentor 6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f --scenario milestone --as-of 2026-11-20T09:00:00Z --json',
      ),
    )
    .action(async ({ mentor, scenario, asOf = new Date(), json }: ExplainOptions) => {
      const since = new Date(Date.now() - WEEK);
      const { findings, sending, setAside } = await withDatabase(async ({ db }) => ({
        findings: await findingsAbout(db, mentor, scenario, asOf),
        sending: await sendingState(db),
        setAside: await recentlySetAside(db, { since, userId: mentor, scenarioType: null }),
      }));
      if (!findings)
        throw new CodedError('E_MENTOR_UNKNOWN', `--mentor: there is no user ${mentor} in this database`, {
          fix: 'check the id and DATABASE_URL',
        });
      const now = new Date();
      const scenarios = [...findings].map(([type, found]) =>
        explainScenario(mentor, type, found, sending, setAside, now),
      );
      if (json) return printJson({ user_id: mentor, as_of: asOf.toISOString(), scenarios });

      printLine(`Mentor ${mentor}, as of ${asOf.toISOString()}`);
      for (const explanation of scenarios) {
        const found = findings.get(explanation.scenario_type)!;
        const first = found.potential.find((row) => row.due);
        const text =
          first &&
          messageText(
            explanation.scenario_type,
            found.rule.locale,
            first.message_values,
            ruleMessages(found.rule.parameters),
          );
        printLine(describe(explanation, text ? `“${text.title}” ${text.body}` : null));
      }
    });
}

/** Why a claim was released, in words: withdrawn, because it was no longer right, or given up. */
const RELEASED: Readonly<Record<string, string>> = {
  opted_out: 'withdrawn: opted out meanwhile',
  not_active: 'withdrawn: no longer an active peer mentor',
  rule_off: 'withdrawn: the rule was switched off',
  no_longer_due: 'withdrawn: no longer due',
  braked: 'withdrawn: braked, and nobody had it sent',
  recalled: 'withdrawn: recalled by an operator',
  stopped: 'withdrawn: its sweep was stopped',
  rejected: 'not sent: the push service refused it',
  no_device_token: 'not sent: no device is left',
  not_tried_in_time: 'not sent: its time to live was over before its turn came',
  operator: 'released by an operator: it did not arrive',
};

function describePast(past: ExplainedPast): string[] {
  const { claim_state, release_reason, delivery_status, expires_at, waits } = past;
  const what =
    delivery_status ??
    (release_reason ? (RELEASED[release_reason] ?? `not sent, ${release_reason}`) : describeState(claim_state));
  return [
    `  history   ${past.triggered_at.toISOString()} ${past.occurrence || scenarioItself} ${what}, key ${past.idempotency_key}`,
    ...(waits ? [`              ${describeWait(waits)}; its time to live ends ${expires_at?.toISOString()}`] : []),
    ...past.attempts.map(
      (a) =>
        `              attempt ${a.attempt} to ${a.platform} ${a.device_id}: ${a.outcome ?? 'under way'}${a.error_code ? ` (${a.error_code})` : ''}`,
    ),
  ];
}

function describeState(state: string | null): string {
  if (state === 'open') return 'claimed, not sent yet';
  if (state === 'unknown') return 'may have arrived, and is tried again';
  return String(state);
}

function describeWait({ for: what, until, reason }: WaitExplanation): string {
  switch (what) {
    case 'end_of_halt':
      return `waits: all sending is halted ("${reason}")`;
    case 'push_service':
      return `waits: the push service is closed (${reason ?? 'trouble'}), tried next at ${until} or later`;
    case 'hours':
      return `waits for the mentor's hours, which begin at ${until}`;
    case 'next_attempt':
      return `waits: tried next at ${until}`;
    case 'worker':
      return 'is tried as soon as a worker takes it up';
  }
}

function describeSetAside({ at, user_id, sqlstate }: NonNullable<ScenarioExplanation['set_aside']>): string {
  const whom = user_id ? 'this mentor' : 'everybody under this rule';
  return `${at}: a sweep evaluated all but ${whom}, which ${sqlstate === '57014' ? 'took too long' : `failed with SQLSTATE ${sqlstate}`}`;
}

function ruleMessages(parameters: Readonly<Record<string, unknown>> | null): RuleMessages | null {
  return (parameters?.['messages'] as RuleMessages | undefined) ?? null;
}

function describe(explanation: ScenarioExplanation, message: string | null): string {
  const { scenario_type, verdict, reason, next_eligible_at, rule, facts, candidates, history } = explanation;
  const lines = [
    '',
    `${paint('bold', SCENARIOS[scenario_type].title)}: ${paint(COLOURS[verdict], verdict)}${reason ? ` (${reason})` : ''}${next_eligible_at ? `, next eligible ${next_eligible_at}` : ''}`,
    rule
      ? `  rule      ${rule.scope} ${explanation.scenario_rule_id}, ${explanation.enabled ? `cooldown ${rule.cooldown_minutes} min` : 'disabled'}, ${JSON.stringify(rule.parameters)}`
      : '  rule      none in force',
    ...(rule?.fault ? [`  fault     ${rule.fault}`] : []),
    ...(explanation.set_aside ? [`  left out  ${describeSetAside(explanation.set_aside)}`] : []),
    ...Object.entries(facts).map(
      ([name, value], i) => `  ${i === 0 ? 'facts' : '     '}     ${name} ${JSON.stringify(value)}`,
    ),
    ...candidates.map(
      (c) =>
        `  candidate ${c.occurrence || scenarioItself}: ${c.verdict}${c.reason ? ` (${c.reason})` : ''}${c.send_at ? ` at ${c.send_at}, when their hours begin` : ''}, key ${c.idempotency_key}`,
    ),
    ...(message ? [`  message   ${message}`] : []),
    ...history.flatMap(describePast),
  ];
  return lines.join('\n');
}
