import { readFileSync } from 'node:fs';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { ProposedRule } from '../db/evaluation-request.ts';
import type { Database } from '../db/tables.ts';
import { UsageError } from '../domain/errors.ts';
import { withValue } from '../domain/expected.ts';
import { parameterSchema } from '../domain/scenarios/parameter-schema.ts';
import { SCENARIO_TYPES, SCENARIOS } from '../domain/scenarios/registry.ts';

const rule = z
  .strictObject({
    scenario_type: z.enum(SCENARIO_TYPES),
    organization_id: z.uuid().nullable().default(null),
    chapter_id: z.uuid().nullable().default(null),
    enabled: z.boolean().default(true),
    cooldown_minutes: z.int32().min(0),
    on_unknown: z.enum(['resend', 'hold']).default('resend'),
    starts_on: z.iso
      .date()
      .refine((day) => day >= '2000-01-01' && day <= '2100-12-31', 'expected a date from 2000-01-01 to 2100-12-31')
      .nullable()
      .default(null),
    parameters: z.record(z.string(), z.unknown()).default({}),
  })
  .refine((r) => r.organization_id === null || r.chapter_id === null, {
    path: ['chapter_id'],
    message: 'expected an organisation or a chapter, not both',
  })
  .superRefine((r, context) => {
    for (const issue of parameterSchema(SCENARIOS[r.scenario_type]).safeParse(r.parameters, { error: withValue }).error
      ?.issues ?? []) {
      context.addIssue({ code: 'custom', path: ['parameters', ...issue.path], message: issue.message });
    }
  });

/**
 * Rules to try, as JSON: an array of objects with the columns of scenario_rules. Throws a UsageError that names every
 * rule (from 1) and field that is wrong, and what was expected.
 */
export function readRulesFile(path: string): ProposedRule[] {
  const parsed = z.array(rule).safeParse(readJson(path), { error: withValue });
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path: [index, ...field], message }) =>
      typeof index === 'number'
        ? `  - rule ${index + 1}${field.length > 0 ? `, ${field.join('.')}` : ''}: ${message}`
        : `  - ${message}`,
    );
    throw new UsageError(
      'E_RULES_FILE',
      `--rules: ${path} holds no rules that could be in force:\n${faults.join('\n')}`,
    );
  }
  const scopes = parsed.data.map((r) => `${r.scenario_type} of ${r.chapter_id ?? r.organization_id ?? 'everybody'}`);
  const repeated = scopes.find((scope, i) => scopes.indexOf(scope) !== i);
  if (repeated)
    throw new UsageError('E_RULES_FILE', `--rules: ${path} has two rules for ${repeated}`, {
      fix: 'one scope has one',
    });
  return parsed.data;
}

/** The database's own word on parameters, which a rule must pass to be written: texts included. */
export async function refuseUnsoundRules(db: Kysely<Database>, rules: readonly ProposedRule[]): Promise<void> {
  const faults: string[] = [];
  for (const [i, { scenario_type, parameters }] of rules.entries()) {
    const { rows } = await sql<{ fault: string | null }>`
      select nullif(concat_ws('; ', scenario_rule_fault(type, parameters), scenario_text_fault(type, parameters), scenario_push.link_fault(parameters -> 'link')), '') as fault
      from (values (${scenario_type}::text, ${JSON.stringify(parameters)}::jsonb)) as rule (type, parameters)`.execute(
      db,
    );
    if (rows[0]?.fault) faults.push(`  - rule ${i + 1}, ${rows[0].fault}`);
  }
  if (faults.length > 0)
    throw new UsageError('E_RULES_FILE', `--rules: the database would refuse:\n${faults.join('\n')}`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError('E_RULES_FILE', `--rules: ${path} cannot be read as JSON: ${(error as Error).message}`, {
      fix: 'correct the path or the file',
    });
  }
}
