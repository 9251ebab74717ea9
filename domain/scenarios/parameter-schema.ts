import { z, type ZodType } from 'zod';
import type { ParameterDeclaration, ScenarioDeclaration } from './definition.ts';

/** A rule's parameters as the database accepts them, except for texts and link, which the database alone judges. */
export function parameterSchema({
  parameters,
}: Pick<ScenarioDeclaration, 'parameters'>): ZodType<Readonly<Record<string, unknown>>> {
  const named = Object.entries(parameters).map(([name, parameter]) => [name, valueSchema(parameter).optional()]);
  return z.strictObject({
    ...(Object.fromEntries(named) as Record<string, ZodType>),
    messages: z.unknown().optional(),
    link: z.unknown().optional(),
  });
}

function valueSchema(parameter: ParameterDeclaration): ZodType {
  const integer = z.int32().min(parameter.min);
  const schema = parameter.kind === 'integer' ? integer : listSchema(z.array(integer).min(1), parameter);
  return parameter.nullable ? schema.nullable() : schema;
}

function listSchema(list: z.ZodArray<z.ZodInt32>, { kind, maxItems }: { kind: string; maxItems?: number }): ZodType {
  const bounded = maxItems === undefined ? list : list.max(maxItems);
  return kind === 'ascending'
    ? bounded.refine((all) => all.every((value, i) => i === 0 || value > all[i - 1]!), 'expected ascending integers')
    : bounded.refine((all) => new Set(all).size === all.length, 'expected different integers');
}
