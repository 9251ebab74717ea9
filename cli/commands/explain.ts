import { Command } from 'commander';
import type { Kysely } from 'kysely';
import { findingsAbout, whenHoursBegin, type ScenarioFindings } from '../../db/explain.ts';
import { sendingState } from '../../db/sending-state.ts';
import { recentlySetAside } from '../../db/set-aside.ts';
import type { Database } from '../../db/tables.ts';
import { DAY } from '../../domain/durations.ts';
import { CodedError } from '../../domain/errors.ts';
import type { NextEvaluation } from '../../domain/explanation/account.ts';
import { sentencesAbout } from '../../domain/explanation/sentences.ts';
import { Clock } from '../../domain/explanation/when.ts';
import { SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { accountOf, nextEligibleAt } from '../account.ts';
import { examples } from '../examples.ts';
import { describeDetails } from '../explanation-details.ts';
import { explainScenario, type ScenarioExplanation } from '../explanation.ts';
import { nextFirings } from '../next-evaluations.ts';
import { asOfOption, jsonOption, parseMentor, scenarioOption } from '../options.ts';
import { oneLine, printJson, printLine } from '../output.ts';
import { paint } from '../paint.ts';
import { withDatabase } from '../with-database.ts';

/** How long ago a sweep may have left the mentor out. */
const WEEK = 7 * DAY;

interface ExplainOptions {
  mentor: string;
  scenario: ScenarioType[];
  asOf?: Date;
  json: boolean;
}

type Findings = Map<ScenarioType, ScenarioFindings>;

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
        const now = new Date();
        const findings = await findingsAbout(db, mentor, scenario, asOf);
        if (!findings) throw unknownMentor(mentor);
        const sending = await sendingState(db);
        const since = new Date(now.getTime() - WEEK);
        const setAside = await recentlySetAside(db, { since, userId: mentor, scenarioType: null });
        const scenarios = [...findings].map(([type, found]) =>
          explainScenario(mentor, type, found, sending, setAside, now),
        );
        if (json) return printJson({ user_id: mentor, as_of: asOf.toISOString(), scenarios });
        const next = await nextEvaluations(db, scenarios, findings, asOf);
        print(scenarios, findings, { mentor, asOf, next, halt: sending.halt?.note ?? null });
      }),
    );
}

function unknownMentor(mentor: string): CodedError {
  return new CodedError('E_MENTOR_UNKNOWN', `--mentor: there is no user ${mentor} in this database`, {
    fix: 'check the id and DATABASE_URL',
  });
}

/** When each type is evaluated next, where the mentor may be notified then and the Schedules can be read. */
async function nextEvaluations(
  db: Kysely<Database>,
  scenarios: readonly ScenarioExplanation[],
  findings: Findings,
  asOf: Date,
): Promise<Map<ScenarioType, NextEvaluation>> {
  const wanted = new Map<ScenarioType, Date>();
  for (const explanation of scenarios) {
    const { scenario_type: type } = explanation;
    const from = nextEligibleAt(explanation, findings.get(type)!.rule, asOf);
    if (from) wanted.set(type, from);
  }
  const firings = await nextFirings(wanted);
  if (!firings)
    process.stderr.write('Temporal does not answer: days are shown instead of the times of its Schedules\n');
  const known = [...(firings ?? [])];
  const anyRule = scenarios[0] && findings.get(scenarios[0].scenario_type)!.rule;
  if (!anyRule || known.length === 0) return new Map();
  const hours = await whenHoursBegin(
    db,
    known.map(([, { at }]) => at),
    anyRule,
  );
  return new Map(
    known.map(([type, { at, isPaused }], i) => [
      type,
      { at: at.toISOString(), sendAt: hours[i]?.toISOString() ?? null, isPaused },
    ]),
  );
}

function print(
  scenarios: readonly ScenarioExplanation[],
  findings: Findings,
  about: {
    readonly mentor: string;
    readonly asOf: Date;
    readonly next: ReadonlyMap<ScenarioType, NextEvaluation>;
    readonly halt: string | null;
  },
): void {
  const { mentor, asOf, halt } = about;
  const [first] = findings.values();
  const clock = new Clock(first?.rule.own_timezone ?? 'UTC', asOf.toISOString());
  printLine(`Mentor ${mentor}, as of ${asOf.toISOString()} (${clock.instant(asOf.toISOString())})\n`);
  for (const explanation of scenarios) {
    const { scenario_type: type } = explanation;
    const next = about.next.get(type) ?? null;
    const said = sentencesAbout(accountOf(explanation, findings.get(type)!, { asOf, next, halt }));
    printLine(`${paint('bold', SCENARIOS[type].title)}: ${oneLine(said.join(' '))}`);
  }
  for (const explanation of scenarios)
    printLine(describeDetails(explanation, findings.get(explanation.scenario_type)!, clock));
}
