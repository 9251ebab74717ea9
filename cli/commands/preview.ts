import { Command, Option } from 'commander';
import { PreviewSummary } from '../../answers/preview-summary.ts';
import { RuleComparison } from '../../answers/rule-comparison.ts';
import { typesWithoutRecord } from '../../db/first-sweep.ts';
import { preview, type PreviewRow, type PreviewVisitor } from '../../db/preview.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { asOfOption, jsonOption, scenarioOption } from '../options.ts';
import { printJson, writeLine } from '../output.ts';
import { PreviewList } from '../preview-list.ts';
import { printPreviewSummary } from '../preview-summary.ts';
import { readRulesFile, refuseUnsoundRules } from '../rules-file.ts';
import { MOST_PRINTED, printRuleComparison } from '../rule-comparison.ts';
import { withDatabase } from '../with-database.ts';

interface PreviewOptions {
  scenario: ScenarioType[];
  asOf?: Date;
  rules?: string;
  list?: true;
  json: boolean;
}

export function previewCommand(): Command {
  return new Command('preview')
    .description('show who would be sent what, and who is suppressed and why; writes and sends nothing')
    .addOption(scenarioOption())
    .addOption(asOfOption())
    .option('--rules <file>', 'evaluate with these rules instead of those of their scope, and show the difference')
    .addOption(
      new Option('--list', 'print everybody who would be notified: chapter, time and text').conflicts([
        'json',
        'rules',
      ]),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ scenario-push preview
  $ scenario-push preview --list --scenario inactivity
  $ scenario-push preview --scenario milestone --as-of 2026-12-24T09:00:00Z --json
  $ scenario-push preview --rules rules.json

A rules file is a JSON array of rules as in scenario_rules, for example
  [{"scenario_type": "inactivity", "cooldown_minutes": 20160, "parameters": {"inactive_days": 45}}]`,
    )
    .action(async ({ scenario, asOf = new Date(), rules, list, json }: PreviewOptions) => {
      const request = { scenarioTypes: [...scenario].sort(), asOf };
      if (rules !== undefined) return compare(request, rules, json);
      if (list) return printList(request);
      const summary = new PreviewSummary(asOf);
      const untold = await withDatabase(async ({ db }) => {
        await preview(db, request, json ? both(summary, writeCandidate) : summary);
        return json ? [] : typesWithoutRecord(db, request.scenarioTypes);
      });
      if (json) printJson(summary.toJson());
      else printPreviewSummary(summary, untold);
    });
}

async function printList(request: { scenarioTypes: readonly ScenarioType[]; asOf: Date }): Promise<void> {
  const everybody = new PreviewList(request.asOf);
  await withDatabase(({ db }) => preview(db, request, everybody));
  everybody.finish();
}

async function compare(
  request: { scenarioTypes: readonly ScenarioType[]; asOf: Date },
  file: string,
  json: boolean,
): Promise<void> {
  const rules = readRulesFile(file);
  const comparison = new RuleComparison(request.asOf, json ? { onDifference: printJson } : { keep: MOST_PRINTED });
  await withDatabase(async ({ db }) => {
    await refuseUnsoundRules(db, rules);
    await preview(db, request, comparison.before, { rules, visitor: comparison.after });
  });
  comparison.finish();
  if (json) printJson(comparison.toJson());
  else printRuleComparison(comparison);
}

function both(summary: PreviewVisitor, candidate: PreviewVisitor['candidate']): PreviewVisitor {
  return {
    audience: summary.audience,
    candidate: (type, row) => {
      void summary.candidate(type, row);
      return candidate(type, row);
    },
  };
}

function writeCandidate(scenarioType: ScenarioType, row: PreviewRow): Promise<void> | void {
  const line = JSON.stringify({
    user_id: row.user_id,
    scenario_type: scenarioType,
    occurrence: row.occurrence,
    idempotency_key: row.idempotency_key,
    scenario_rule_id: row.scenario_rule_id,
    verdict: row.reason === null ? 'send' : 'suppressed',
    reason: row.reason,
    next_eligible_at: row.next_eligible_at,
    send_at: row.send_at,
  });
  return writeLine(line);
}
