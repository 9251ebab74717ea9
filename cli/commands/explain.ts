import { Command } from 'commander';
import { accountsOf, explainMentor, type MentorAnswer } from '../../answers/mentor.ts';
import { nextEvaluations, type NextEvaluations } from '../../answers/next-evaluations.ts';
import { CodedError } from '../../domain/errors.ts';
import { sentencesAbout } from '../../domain/explanation/sentences.ts';
import { Clock } from '../../domain/explanation/when.ts';
import { SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { examples } from '../examples.ts';
import { describeDetails } from '../explanation-details.ts';
import { explanationAsJson } from '../explanation-json.ts';
import { asOfOption, jsonOption, parseMentor, scenarioOption } from '../options.ts';
import { oneLine, printJson, printLine } from '../output.ts';
import { paint } from '../paint.ts';
import { readSchedules } from '../read-schedules.ts';
import { withDatabase } from '../with-database.ts';

interface ExplainOptions {
  mentor: string;
  scenario: ScenarioType[];
  asOf?: Date;
  json: boolean;
}

export function explainCommand(): Command {
  return new Command('explain')
    .description(
      'say for one mentor why they would, or would not, be notified, when next, and what became of earlier notifications',
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
    .action(({ mentor, scenario, asOf = new Date(), json }: ExplainOptions) =>
      withDatabase(async ({ db }) => {
        const answer = await explainMentor(db, mentor, scenario, { asOf, now: new Date() });
        if (!answer) throw unknownMentor(mentor);
        if (json) {
          const scenarios = answer.scenarios.map(({ explanation }) => explanationAsJson(explanation));
          return printJson({ user_id: mentor, as_of: asOf.toISOString(), scenarios });
        }
        const next = await nextEvaluations(db, answer, readSchedules);
        if (!next)
          process.stderr.write('Temporal does not answer: days are shown instead of the times of its Schedules\n');
        print(answer, next ?? new Map());
      }),
    );
}

function unknownMentor(mentor: string): CodedError {
  return new CodedError('E_MENTOR_UNKNOWN', `--mentor: there is no user ${mentor} in this database`, {
    fix: 'check the id and DATABASE_URL',
  });
}

function print(answer: MentorAnswer, next: NextEvaluations): void {
  const asOf = answer.asOf.toISOString();
  const clock = new Clock(answer.timezone, asOf, 'en');
  printLine(`Mentor ${answer.mentor}, as of ${asOf} (${clock.instant(asOf)})\n`);
  for (const account of accountsOf(answer, next)) {
    const said = sentencesAbout(account, 'en');
    printLine(`${paint('bold', SCENARIOS[account.scenarioType].words.en.title)}: ${oneLine(said.join(' '))}`);
  }
  for (const scenario of answer.scenarios) printLine(describeDetails(scenario, clock));
}
