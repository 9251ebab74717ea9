import { html } from 'hono/html';
import type { RuleChange } from '../../../db/rule-changes.ts';
import { isScenarioType, SCENARIOS } from '../../../domain/scenarios/registry.ts';
import type { ConsoleContext } from '../../env.ts';
import { table, type Html } from '../../layout.ts';
import type { Reader } from '../../reader.ts';
import type { Words } from '../../words/en.ts';
import { shown, wordsOf } from './rule-form.ts';

const LONGEST = 200;

/** Who changed it, what, and when: the latest first. */
export function history(c: ConsoleContext, changes: readonly RuleChange[]): Html {
  const words = c.get('words').rules;
  if (changes.length === 0)
    return html`<h2>${words.history}</h2>
      <p>${words.historyEmpty}</p>`;
  return html`<h2>${words.history}</h2>
    ${table<RuleChange>(
      words.history,
      [
        { title: words.when, cell: ({ at }) => c.get('when').at(at) },
        { title: words.who, cell: (change) => whoChanged(change, c.get('reader'), c.get('words')) },
        { title: words.change, cell: (change) => whatChanged(change, c) },
      ],
      changes,
    )}`;
}

export function whoChanged(
  { person, email, operator, database_role }: RuleChange,
  reader: Reader,
  { rules }: Words,
): string {
  if (reader.kind === 'person' && person === reader.id) return rules.you;
  return email ?? person ?? operator ?? rules.role(database_role);
}

function whatChanged({ before, after }: RuleChange, c: ConsoleContext): Html {
  const { made, deleted, from } = c.get('words').rules;
  if (before === null || after === null) return html`${before === null ? made : deleted}`;
  return html`<ul class="plain">
    ${differences(before, after, c).map(([field, was, is]) => html`<li>${from(field, was, is)}</li>`)}
  </ul>`;
}

type Row = Readonly<Record<string, unknown>>;

/** What differs between two states of a row, a field at a time and in words. */
export function differences(
  before: Row,
  after: Row,
  c: ConsoleContext,
): [field: string, before: string, after: string][] {
  const { rules } = c.get('words');
  const type = String(after['scenario_type']);
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const nameOf = (name: string) =>
    rules.fields[name] ?? (isScenarioType(type) ? wordsOf(type, name, c.get('language')).label : name);
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => JSON.stringify(was[name] ?? null) !== JSON.stringify(is[name] ?? null))
    .map((name) => [nameOf(name), clipped(was[name], rules), clipped(is[name], rules)]);
}

const NOT_SAID = new Set(['id', 'version', 'scenario_type', 'organization_id', 'chapter_id', 'parameters', 'messages']);

/** A text in a language is a field of its own, and what is absent has its default. */
function fieldsOf(row: Row): Row {
  const type = String(row['scenario_type']);
  const given = (row['parameters'] ?? {}) as Row;
  const parameters = { ...(isScenarioType(type) && SCENARIOS[type].parameterDefaults), ...given };
  const texts = Object.entries((given['messages'] ?? {}) as Record<string, Row>).flatMap(([locale, text]) =>
    Object.entries(text).map(([part, words]) => [`${locale}, ${part}`, words] as const),
  );
  const fields = [...Object.entries(row), ...Object.entries(parameters)].filter(([name]) => !NOT_SAID.has(name));
  return Object.fromEntries([...fields, ...texts]);
}

function clipped(value: unknown, { nothing, on, off }: Words['rules']): string {
  if (value === null || value === undefined || value === '') return nothing;
  if (typeof value === 'boolean') return value ? on : off;
  const text = shown(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
