import type { ExplainedPast, ScenarioExplanation } from '../answers/explanation.ts';
import type { ScenarioAnswer } from '../answers/mentor.ts';
import { claimStateInWords, setAsideInWords } from '../domain/explanation/states.ts';
import { waitInWords } from '../domain/explanation/wait.ts';
import type { Clock } from '../domain/explanation/when.ts';
import { releaseInWords } from '../domain/explanation/withdrawal.ts';
import { SCENARIOS } from '../domain/scenarios/registry.ts';
import { oneLine } from './output.ts';
import { paint } from './paint.ts';

/** Stands for the empty occurrence. */
const scenarioItself = '(no occurrence)';

const COLOURS = { send: 'green', suppressed: 'yellow', not_due: 'dim', off: 'dim' } as const;

/** All that one scenario's explanation rests on. Instants in UTC, and beside them by the mentor's clock. */
export function describeDetails({ explanation, message }: ScenarioAnswer, clock: Clock): string {
  const { scenario_type, verdict, reason, next_eligible_at, facts, candidates, history, set_aside } = explanation;
  const at = (iso: string) => `${iso} (${clock.instant(iso)})`;
  return [
    '',
    `${paint('bold', SCENARIOS[scenario_type].words.en.title)}: ${paint(COLOURS[verdict], verdict)}${reason ? ` (${reason})` : ''}${next_eligible_at ? `, next eligible ${at(next_eligible_at)}` : ''}`,
    ...describeRule(explanation),
    ...(set_aside ? [`  left out  ${at(set_aside.at)}: ${leftOut(set_aside)}`] : []),
    ...Object.entries(facts).map(
      ([name, value], i) => `  ${i === 0 ? 'facts' : '     '}     ${name} ${JSON.stringify(value)}`,
    ),
    ...candidates.map(
      (c) =>
        `  candidate ${c.occurrence || scenarioItself}: ${c.verdict}${c.reason ? ` (${c.reason})` : ''}${c.send_at ? ` at ${at(c.send_at)}, when their hours begin` : ''}, key ${c.idempotency_key}`,
    ),
    ...(message ? [`  message   ${oneLine(`“${message.title}” ${message.body}`)}`] : []),
    ...history.flatMap((past) => describePast(past, at)),
  ].join('\n');
}

function describeRule({ rule, enabled, scenario_rule_id, policy }: ScenarioExplanation): string[] {
  if (!rule) return ['  rule      none in force'];
  const { scope, cooldown_minutes, starts_on, parameters, fault } = rule;
  const means = enabled
    ? `cooldown ${cooldown_minutes} min${starts_on === null ? '' : `, starts on ${starts_on}`}`
    : 'disabled';
  return [
    `  rule      ${scope} ${scenario_rule_id}, ${means}, ${JSON.stringify(parameters)}`,
    ...(fault === null ? [] : [`  fault     ${fault}`]),
    ...(policy ? [`  policy    ${describePolicy(policy)}`] : []),
  ];
}

function describePolicy(policy: NonNullable<ScenarioExplanation['policy']>): string {
  const [from, until] = [policy.send_from.slice(0, 5), policy.send_until.slice(0, 5)];
  const hours = from === until ? 'any hour' : `${from} to ${until} ${policy.timezone}`;
  const cap =
    policy.max_notifications === null ? 'no cap' : `at most ${policy.max_notifications} in ${policy.per_days} days`;
  return `${hours}, ${cap}`;
}

function describePast(past: ExplainedPast, at: (iso: string) => string): string[] {
  const { claim_state, release_reason, delivery_status, expires_at, waits } = past;
  const what =
    delivery_status ??
    (release_reason ? releaseInWords(release_reason, 'en') : claimStateInWords(String(claim_state), 'en'));
  const ends = expires_at ? `; its time to live ends ${at(expires_at.toISOString())}` : '';
  return [
    `  history   ${at(past.triggered_at.toISOString())} ${past.occurrence || scenarioItself} ${what}, key ${past.idempotency_key}`,
    ...(waits ? [`              waits: ${waitInWords(waits, 'en', (iso) => `at ${at(iso)}`)}${ends}`] : []),
    ...past.attempts.map(
      (a) =>
        `              attempt ${a.attempt} to ${a.platform} ${a.device_id}: ${a.outcome ?? 'under way'}${a.error_code ? ` (${a.error_code})` : ''}`,
    ),
  ];
}

function leftOut({ user_id, sqlstate }: NonNullable<ScenarioExplanation['set_aside']>): string {
  return setAsideInWords({ isAlone: user_id !== null, sqlstate }, 'en');
}
