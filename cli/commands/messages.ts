import { Command, Option } from 'commander';
import { ruleTexts, type RuleTexts } from '../../db/rule-texts.ts';
import { CodedError } from '../../domain/errors.ts';
import { LOCALES, sampleValues, type Locale } from '../../domain/scenarios/definition.ts';
import { SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { usableLink } from '../../push/link.ts';
import { chooseText } from '../../push/message-text.ts';
import { examples } from '../examples.ts';
import { jsonOption, parseId, scenarioOption } from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { paint } from '../paint.ts';
import { withDatabase } from '../with-database.ts';

interface MessagesOptions {
  scenario: ScenarioType[];
  rule?: string;
  json: boolean;
}

export function messagesCommand(): Command {
  return new Command('messages')
    .description('print the texts of every scenario in every language, with sample values; asks no database for them')
    .addOption(scenarioOption())
    .addOption(
      new Option('-r, --rule <id>', 'the texts that go out under this rule; exit code 1 if any cannot')
        .argParser(parseId('a rule'))
        .conflicts('scenario'),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'messages',
        'messages --scenario milestone --json',
        'messages --rule 0d9c8b7a-6f5e-4d3c-9b2a-1f0e9d8c7b6a',
      ),
    )
    .action(async ({ scenario, rule, json }: MessagesOptions) => {
      const own = rule === undefined ? null : await readRule(rule);
      for (const type of own ? [own.scenario_type] : [...scenario].sort()) {
        if (!json) printLine(heading(type, own, rule));
        for (const locale of LOCALES) {
          const message = messageOf(type, locale, own);
          if (json) printJson({ ...message, scenario_rule_id: rule ?? null });
          else printLine(describe(message));
        }
      }
      if (!own?.fault) return;
      if (!json) printLine(`\n${paint(['bold', 'red'], 'FAULT')} ${own.fault}`);
      process.exitCode = 1;
    });
}

async function readRule(rule: string): Promise<RuleTexts> {
  const own = await withDatabase(({ db }) => ruleTexts(db, rule));
  if (own) return own;
  throw new CodedError('E_RULE_UNKNOWN', `--rule: there is no rule ${rule} in this database`, {
    fix: 'check the id and DATABASE_URL; "preview --json" names the rule of each candidate',
  });
}

type Message = ReturnType<typeof messageOf>;

function messageOf(type: ScenarioType, locale: Locale, own: RuleTexts | null) {
  const values = sampleValues(SCENARIOS[type]);
  const { text, fault } = chooseText(type, locale, values, own?.messages ?? null);
  return {
    scenario_type: type,
    locale,
    source: own?.messages?.[locale] && fault === null ? ('rule' as const) : ('build' as const),
    title: text.title,
    body: text.body,
    link: usableLink(own?.link),
    values,
    fault,
  };
}

function heading(type: ScenarioType, own: RuleTexts | null, rule: string | undefined): string {
  const values = Object.entries(sampleValues(SCENARIOS[type])).map(([name, value]) => `${name} ${value}`);
  const link = usableLink(own?.link);
  return [
    `\n${paint('bold', type)}${rule === undefined ? '' : `, rule ${rule}`}, with ${values.join(', ')}`,
    ...(link === null ? [] : [`  opens ${link}`]),
  ].join('\n');
}

function describe({ locale, source, title, body, fault }: Message): string {
  const why = fault === null ? '' : `: the rule's own cannot be formatted (${fault})`;
  return `  ${locale}  “${title}” ${body}\n      ${paint('dim', `from the ${source}${why}`)}`;
}
