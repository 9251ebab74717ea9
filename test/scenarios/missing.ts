import { IntlMessageFormat } from 'intl-messageformat';
import { existsSync, readFileSync } from 'node:fs';
import { DEFAULT_SCHEDULES } from '../../client/schedule-definitions.ts';
import { LOCALES, MAX_BODY, MAX_TITLE, type Scenario } from '../../domain/scenarios/definition.ts';
import { DUE } from '../../proof/evaluator/due.ts';

export const fileName = (scenarioType: string) => scenarioType.replaceAll('_', '-');

const root = new URL('../../', import.meta.url);

/** What a scenario type still lacks outside the database, in words; docs/new-scenario.md is the list. */
export function whatIsMissing(scenarioType: string, scenario: Scenario): string[] {
  const name = fileName(scenarioType);
  const missing = [...missingFiles(name), ...missingTexts(scenario), ...missingInDocs(scenarioType, scenario)];
  if (!Object.hasOwn(DUE, scenarioType)) missing.push('the evaluator does not know it (DUE in due.ts)');
  if (!DEFAULT_SCHEDULES.some(({ id }) => id === `sweep-${scenarioType}`)) missing.push('no Schedule sweeps it');
  return missing.map((what) => `${scenarioType}: ${what}`);
}

function missingFiles(name: string): string[] {
  return [
    ['no SELECT', `db/sql/scenarios/${name}.sql`],
    ['no test', `test/scenarios/${name}.test.ts`],
  ]
    .filter(([, path]) => !existsSync(new URL(path!, root)))
    .map(([what, path]) => `${what}: ${path} is not there`);
}

/** `'days', …, 'date', …` of the object that the SELECT calls message_values. */
export function placeholdersOfSelect(name: string): string[] {
  const path = new URL(`db/sql/scenarios/${name}.sql`, root);
  const select = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const before = select.slice(0, Math.max(select.indexOf(' as message_values'), 0));
  const object = before.slice(Math.max(before.lastIndexOf('jsonb_build_object('), 0));
  return [...object.matchAll(/'(\w+)',/g)].map(([, key]) => key!);
}

function missingTexts(scenario: Scenario): string[] {
  return LOCALES.flatMap((locale) => {
    const texts = scenario.messages[locale];
    if (texts === undefined) return [`no text in ${locale}`];
    const unknown = Object.values(texts)
      .flatMap((text) => namesIn(new IntlMessageFormat(text, 'en').getAst()))
      .filter((name) => !Object.hasOwn(scenario.placeholders, name));
    return [
      ...[...new Set(unknown)].map((name) => `the text in ${locale} needs {${name}}, which is no placeholder of it`),
      ...(['title', 'body'] as const).flatMap((part) => {
        const { length } = texts[part];
        const most = part === 'title' ? MAX_TITLE : MAX_BODY;
        return length >= 1 && length <= most
          ? []
          : [`the ${part} in ${locale} is ${length} characters long, expected 1 to ${most}`];
      }),
    ];
  });
}

/** The parser's own enumeration is of a package that is not ours to name. */
const LITERAL = 0;

type Elements = ReturnType<IntlMessageFormat['getAst']>;

/** The placeholders that a text names, in plurals too. */
function namesIn(elements: Elements): string[] {
  return elements.flatMap((element) => {
    if (!('value' in element) || element.type === LITERAL) return [];
    const branches = 'options' in element ? Object.values(element.options).flatMap(({ value }) => namesIn(value)) : [];
    return [element.value, ...branches];
  });
}

/** The rows of the tables of rules and Schedules, and the placeholders, in docs/configuration.md. */
function missingInDocs(scenarioType: string, { parameters, placeholders }: Scenario): string[] {
  const page = 'docs/configuration.md';
  const text = readFileSync(new URL(page, root), 'utf8');
  // The type stands in its first row alone.
  const from = text.indexOf(`\n| ${scenarioType} |`) + 1;
  const end = from === 0 ? 0 : text.slice(from).search(/\n(?!\| \|)/) + from;
  const own = text.slice(from, end);
  const rows = Object.entries(parameters).map(
    ([name, { default: value }]) => `| \`${name}\` | ${JSON.stringify(value).replaceAll(',', ', ')} |`,
  );
  return [
    ...rows.filter((row) => !own.includes(row)).map((row) => `no row "| ${scenarioType} ${row}" in ${page}`),
    ...[`| \`sweep-${scenarioType}\` |`]
      .filter((row) => !text.includes(row))
      .map((row) => `no row "${row}" in ${page}`),
    ...Object.keys(placeholders)
      .filter((placeholder) => !text.includes(`\`{${placeholder}}\``))
      .map((placeholder) => `no {${placeholder}} among the placeholders in ${page}`),
  ];
}
