import { Command } from 'commander';
import type { PreviewRow } from '../../db/scenario-repository.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { asOfOption, jsonOption, scenarioOption } from '../options.ts';
import { printJson, printTable, reasons } from '../output.ts';
import { withDatabase } from '../with-database.ts';

interface PreviewOptions {
  scenario: ScenarioType[];
  asOf?: Date;
  json: boolean;
}

interface PreviewSummary {
  mentors_evaluated: number;
  mentors_misconfigured: number;
  candidates: number;
  send: number;
  suppressed: Record<string, number>;
}

export function previewCommand(): Command {
  return new Command('preview')
    .description('show who would be sent what, and who is suppressed and why; writes and sends nothing')
    .addOption(scenarioOption())
    .addOption(asOfOption())
    .addOption(jsonOption())
    .action(async ({ scenario, asOf = new Date(), json }: PreviewOptions) => {
      const scenarios: Record<string, PreviewSummary> = {};
      await withDatabase(({ repository }) =>
        repository.preview([...scenario].sort(), asOf, {
          audience: (type, audience) => {
            scenarios[type] = { ...audience, candidates: 0, send: 0, suppressed: {} };
          },
          candidate: (type, row) => {
            count(scenarios[type]!, row);
            return json ? writeCandidate(type, row) : undefined;
          },
        }),
      );
      if (json) return printJson({ summary: { as_of: asOf.toISOString(), scenarios } });
      printTable(
        ['scenario', 'mentors', 'misconfigured', 'candidates', 'send', 'suppressed'],
        Object.entries(scenarios).map(([type, s]) => [
          type, s.mentors_evaluated, s.mentors_misconfigured, s.candidates, s.send, reasons(s.suppressed),
        ]),
      );
    });
}

function count(summary: PreviewSummary, { reason }: PreviewRow): void {
  summary.candidates++;
  if (reason === null) summary.send++;
  else summary.suppressed[reason] = (summary.suppressed[reason] ?? 0) + 1;
}

/** Waits where whoever reads is slower than the database. */
function writeCandidate(scenarioType: ScenarioType, row: PreviewRow): Promise<void> | undefined {
  const line = JSON.stringify({
    user_id: row.user_id,
    scenario_type: scenarioType,
    occurrence: row.occurrence,
    idempotency_key: row.idempotency_key,
    scenario_rule_id: row.scenario_rule_id,
    verdict: row.reason === null ? 'send' : 'suppressed',
    reason: row.reason,
    next_eligible_at: row.next_eligible_at,
  });
  return process.stdout.write(`${line}\n`) ? undefined : new Promise((resolve) => process.stdout.once('drain', resolve));
}
