import type { ScenarioExplanation } from '../../../answers/explanation.ts';
import { SCENARIOS } from '../../../domain/scenarios/registry.ts';
import type { ConsoleContext } from '../../env.ts';

type Row = readonly [title: string, value: unknown];

/** The rule in force for a mentor, what its parameters are, and the policy that protects their attention. */
export function ruleRows(c: ConsoleContext, { rule, enabled, policy, scenario_type }: ScenarioExplanation): Row[] {
  const words = c.get('words').mentors;
  if (!rule) return [[words.rule, words.noRule]];
  const scope = words.scopes[rule.scope as keyof typeof words.scopes];
  const labels: Readonly<Record<string, { readonly label: string }>> =
    SCENARIOS[scenario_type].words[c.get('language')].parameters;
  return [
    [words.rule, enabled ? scope : `${scope}, ${words.off}`],
    ...(rule.fault === null ? [] : [[words.fault, rule.fault] as const]),
    [words.cooldown, c.get('when').number(rule.cooldown_minutes)],
    ...(rule.starts_on === null ? [] : [[words.startsOn, c.get('when').date(rule.starts_on)] as const]),
    ...Object.entries(rule.parameters)
      // The texts stand under what they would read.
      .filter(([name]) => Object.hasOwn(labels, name))
      .map(([name, value]): Row => [
        labels[name]!.label,
        Array.isArray(value) ? value.join(', ') : String(value ?? '–'),
      ]),
    ...policyRows(c, policy),
  ];
}

function policyRows(c: ConsoleContext, policy: ScenarioExplanation['policy']): Row[] {
  if (!policy) return [];
  const words = c.get('words').mentors;
  const when = c.get('when');
  const [from, until] = [policy.send_from.slice(0, 5), policy.send_until.slice(0, 5)];
  return [
    [words.hours, from === until ? words.anyHour : `${from}–${until} (${policy.timezone})`],
    [
      words.cap,
      policy.max_notifications === null
        ? words.noCap
        : words.mostIn(when.number(policy.max_notifications), when.number(policy.per_days)),
    ],
  ];
}
