import { html } from 'hono/html';
import type { RuleScope } from '../../../db/rule-scopes.ts';
import type { StoredRule } from '../../../db/rules.ts';
import { LOCALES, sampleValues, type ParameterDeclaration } from '../../../domain/scenarios/definition.ts';
import { SCENARIOS, type ScenarioType } from '../../../domain/scenarios/registry.ts';
import { chooseText, type RuleMessages } from '../../../push/message-text.ts';
import type { ConsoleContext } from '../../env.ts';
import { field, form, type Html } from '../../layout.ts';
import { checkbox, hidden, select, textArea } from './controls.ts';
import { messagesOf, parametersOf, shown, textField, UNITS, type Faults, wordsOf, type Values } from './rule-form.ts';
import { scopeName } from './scope.ts';

interface RuleForm {
  readonly type: ScenarioType;
  readonly scope: RuleScope;
  /** What it will replace; null: nothing is there. */
  readonly stored: Pick<StoredRule, 'id' | 'version'> | null;
  readonly values: Values;
  readonly faults: Faults;
  /** What it falls back to when it is deleted; null: it has no wider one. */
  readonly wider: string | null;
}

/** One form to try a rule and to save it, so that nothing is typed twice. */
export function ruleForm(c: ConsoleContext, { type, scope, stored, values, faults, wider }: RuleForm): Html {
  const words = c.get('words').rules;
  const input = { values, faults };
  return form(
    c,
    '/rules/edit',
    html`${hidden({ type, scope: scopeName(scope), id: stored?.id ?? null, version: stored?.version ?? null })}
      ${checkbox({ name: 'enabled', label: words.enabled, checked: values['enabled'] === 'on', hint: words.enabledHint })}
      ${parametersOf(type).map(([name, declaration]) => parameter(c, type, name, declaration, input))}
      ${field({ name: 'cooldown', label: words.cooldown, ...at('cooldown', input) })}
      ${select({
        name: 'cooldown_unit',
        label: words.unit,
        options: Object.keys(UNITS).map((value) => ({ value, text: words.units[value as keyof typeof UNITS] })),
        ...at('cooldown_unit', input),
      })}
      ${field({ name: 'starts_on', label: words.starts, hint: words.startsHint, ...at('starts_on', input) })}
      ${select({
        name: 'on_unknown',
        label: words.onUnknown,
        options: (['resend', 'hold'] as const).map((value) => ({ value, text: words.onUnknowns[value] })),
        ...at('on_unknown', input),
      })}
      ${field({ name: 'link', label: words.link, hint: words.linkHint, ...at('link', input) })} ${texts(c, type, input)}
      ${faults[''] && html`<p class="fault">${faults['']}</p>`}
      ${field({ name: 'as_of', label: words.asOf, hint: words.asOfHint, ...at('as_of', input) })}
      ${
        c.get('reader').kind === 'operator' &&
        field({
          name: 'operator',
          label: words.operatorName,
          hint: words.operatorHint,
          autocomplete: 'name',
          maxLength: 100,
          ...at('operator', input),
        })
      }
      <p class="actions">
        <button name="action" value="look">${words.look}</button>
        <button name="action" value="save">${words.save}</button>
        ${stored && wider !== null && html`<button class="danger" name="action" value="look-without">${words.remove}</button>`}
      </p>
      ${stored && wider !== null && html`<p class="hint">${words.removeHint(wider)}</p>`}`,
  );
}

interface Input {
  readonly values: Values;
  readonly faults: Faults;
}

function at(name: string, { values, faults }: Input): { value: string; fault?: string } {
  const fault = faults[name];
  return { value: values[name] ?? '', ...(fault !== undefined && { fault }) };
}

/** As the registry declares it: what it is, what it may be, and what empty means. */
function parameter(
  c: ConsoleContext,
  type: ScenarioType,
  name: string,
  declaration: ParameterDeclaration,
  input: Input,
): Html {
  const words = c.get('words').rules;
  const { label, help } = wordsOf(type, name, c.get('language'));
  // The help says what an empty field means where it means something of its own.
  const whenEmpty = declaration.nullable ? '' : words.byDefault(shown(declaration.default));
  return field({
    name,
    label,
    hint: [help, words.expected(declaration), whenEmpty].filter(Boolean).join(' '),
    ...at(name, input),
  });
}

function texts(c: ConsoleContext, type: ScenarioType, input: Input): Html {
  const words = c.get('words').rules;
  const names = Object.keys(SCENARIOS[type].placeholders).map((name) => `{${name}}`);
  const own = messagesOf(input.values) as RuleMessages | null;
  return html`<fieldset>
    <legend><h2>${words.texts}</h2></legend>
    <p class="hint">${words.textsHint(names.join(', '))}</p>
    ${LOCALES.map((locale) => {
      const [title, body] = [textField(locale, 'title'), textField(locale, 'body')];
      const { text, fault } = chooseText(type, locale, sampleValues(SCENARIOS[type]), own);
      return html`<h2>${words.locales[locale]}</h2>
        ${textArea({ name: title, lang: locale, label: `${words.title}, ${words.locales[locale]}`, ...at(title, input) })}
        ${textArea({ name: body, lang: locale, label: `${words.body}, ${words.locales[locale]}`, ...at(body, input) })}
        <p class="hint">${own && fault === null ? words.reads : words.usual}:</p>
        <blockquote class="message" lang="${locale}"><strong>${text.title}</strong><br />${text.body}</blockquote>`;
    })}
  </fieldset>`;
}
