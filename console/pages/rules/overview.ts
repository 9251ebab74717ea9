import { html } from 'hono/html';
import type { RuleScope } from '../../../db/rule-scopes.ts';
import type { RuleInForce, StoredRule } from '../../../db/rules.ts';
import { SCENARIO_TYPES, type ScenarioType } from '../../../domain/scenarios/registry.ts';
import type { ConsoleContext } from '../../env.ts';
import { table, type Html } from '../../layout.ts';
import { select } from './controls.ts';
import { inUnit, parametersOf, shown, wordsOf } from './rule-form.ts';
import { editAddress, scopeName, scopeTitle } from './scope.ts';

interface Overview {
  readonly scopes: readonly RuleScope[];
  readonly rules: readonly StoredRule[];
  readonly inForce: readonly RuleInForce[];
}

interface Line {
  readonly scope: RuleScope;
  readonly rule: StoredRule;
}

/** By scenario: each rule with whose it is and where it counts. A chapter without one of its own is counted with a wider one. */
export function overview(c: ConsoleContext, { scopes, rules, inForce }: Overview): Html {
  const words = c.get('words');
  const named = new Map(scopes.map((scope) => [scopeName(scope), scope]));
  const chapters = new Map(inForce.map((rule) => [rule.scenario_rule_id, rule.chapters]));
  const lines = rules.flatMap((rule): Line[] => {
    const scope = named.get(scopeName(rule));
    return scope ? [{ scope, rule }] : [];
  });
  const order = new Map(scopes.map((scope, i) => [scope, i]));
  lines.sort((a, b) => order.get(a.scope)! - order.get(b.scope)!);
  return html`${SCENARIO_TYPES.map((type) =>
      section(
        c,
        type,
        lines.filter(({ rule }) => rule.scenario_type === type),
        chapters,
      ),
    )}
    <h2>${words.rules.newRule}</h2>
    <form method="get" action="/rules/edit">
      ${select({
        name: 'type',
        label: words.rules.scenario,
        value: '',
        options: SCENARIO_TYPES.map((value) => ({ value, text: words.frame.scenarios[value] })),
      })}
      ${scopeSelect(c, scopes)}
      <p class="actions"><button>${words.rules.show}</button></p>
    </form>`;
}

function scopeSelect(c: ConsoleContext, scopes: readonly RuleScope[], id = 'scope'): Html {
  const words = c.get('words');
  const options = scopes.map((scope) => ({
    value: scopeName(scope),
    text:
      scope.chapter_id !== null && scope.organization_name
        ? `${scopeTitle(scope, words)} (${scope.organization_name})`
        : scopeTitle(scope, words),
  }));
  return html`<div class="field">
    <label for="${id}">${words.rules.scope}</label>
    <select id="${id}" name="scope">
      ${options.map(({ value, text }) => html`<option value="${value}">${text}</option>`)}
    </select>
  </div>`;
}

function section(
  c: ConsoleContext,
  type: ScenarioType,
  lines: readonly Line[],
  chapters: ReadonlyMap<string, number>,
): Html {
  const words = c.get('words');
  const { rules: say } = words;
  const title = words.frame.scenarios[type];
  return html`<h2>${title}</h2>
    ${table<Line>(
      title,
      [
        {
          title: say.whose,
          cell: ({ scope, rule }) =>
            html`<a href="${editAddress(rule.scenario_type, scope)}">${scopeTitle(scope, words)}</a>`,
        },
        { title: say.counts, cell: ({ rule }) => countsIn(c, chapters.get(rule.id) ?? 0) },
        { title: say.state, cell: ({ rule }) => (rule.enabled ? say.on : say.off) },
        { title: say.settings, cell: ({ rule }) => settings(c, rule) },
      ],
      lines,
    )}`;
}

function countsIn(c: ConsoleContext, n: number): string {
  const { chapters, nowhere } = c.get('words').rules;
  return n === 0 ? nowhere : chapters(n, c.get('when').number(n));
}

/** In short: what differs from rule to rule, with the default where a rule says nothing. */
function settings(c: ConsoleContext, rule: StoredRule): Html {
  const words = c.get('words').rules;
  const { amount, unit } = inUnit(rule.cooldown_minutes);
  const said = [
    ...parametersOf(rule.scenario_type).map(([name, declaration]) => {
      const value = Object.hasOwn(rule.parameters, name) ? rule.parameters[name] : declaration.default;
      return `${wordsOf(rule.scenario_type, name, c.get('language')).label}: ${value === null ? words.noLimit : shown(value)}`;
    }),
    `${words.cooldown}: ${rule.cooldown_minutes === 0 ? words.noCooldown : words.amount(amount, unit)}`,
    ...(rule.starts_on ? [`${words.starts}: ${c.get('when').date(rule.starts_on)}`] : []),
    ...(rule.parameters['messages'] ? [words.ownTexts] : []),
  ];
  return html`<ul class="plain">
    ${said.map((each) => html`<li>${each}</li>`)}
  </ul>`;
}
