import type { Kysely } from 'kysely';
import { LOCALES } from '../domain/scenarios/definition.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { guard } from './repository-exception.ts';
import { all } from './run-statement.ts';
import { statementFromFile } from './sql-file.ts';
import type { Database } from './tables.ts';

/** A part of a rule's parameters, and what the database says of it: `expected ..., got ...`. */
export interface RuleFault {
  /** A parameter, `link`, `messages.<language>.<title or body>`, or empty for the parameters as a whole. */
  readonly field: string;
  readonly fault: string;
}

const PARTS = ['title', 'body'] as const;
const ruleFaults = statementFromFile<RuleFault>('rule-faults');

/** What the database would refuse, all of it. Empty: nothing. Runs with the service's role. Throws {@link ScenarioRepositoryException}. */
export async function faultsOf(
  db: Kysely<Database>,
  scenarioType: ScenarioType,
  parameters: Readonly<Record<string, unknown>>,
): Promise<RuleFault[]> {
  const { messages, ...others } = parameters;
  const parts = [
    ...Object.entries(others).map(([name, value]) => [name, { [name]: value }] as const),
    ...(messages === undefined ? [] : textsOneByOne(messages as Texts)),
  ];
  const found = await ask(db, scenarioType, parts);
  // Only what no part is to blame for is said of the whole: its length.
  const faults = found.length > 0 ? found : await ask(db, scenarioType, [['', parameters]]);
  return faults.map(({ field, fault }) => ({ field, fault: withoutKey(field, fault) }));
}

type Texts = Readonly<Record<string, { readonly title: string; readonly body: string }>>;

function textsOneByOne(texts: Texts): (readonly [string, object])[] {
  const sound = { title: '.', body: '.' };
  return LOCALES.flatMap((locale) =>
    PARTS.map((part) => {
      const others = Object.fromEntries(LOCALES.map((each) => [each, sound]));
      const text = { ...sound, [part]: texts[locale]?.[part] ?? '' };
      return [`messages.${locale}.${part}`, { messages: { ...others, [locale]: text } }] as const;
    }),
  );
}

async function ask(
  db: Kysely<Database>,
  scenario_type: ScenarioType,
  parts: readonly (readonly [field: string, part: object])[],
): Promise<readonly RuleFault[]> {
  if (parts.length === 0) return [];
  return guard('faultsOf', () =>
    all(db, ruleFaults, {
      scenario_type,
      fields: parts.map(([field]) => field),
      parts: parts.map(([, part]) => JSON.stringify(part)),
    }),
  );
}

function withoutKey(field: string, fault: string): string {
  return fault.startsWith(`${field}: `) ? fault.slice(field.length + 2) : fault;
}
