import type { ParameterDeclaration, ScenarioDeclaration } from '../../domain/scenarios/definition.ts';

type Declarations = Readonly<Record<string, ScenarioDeclaration>>;

/** Where the registry and the database say different things of a scenario type, in words. */
export function declarationDifferences(registry: Declarations, database: Declarations): string[] {
  return keysOf(registry, database).flatMap((type) => {
    const [ours, theirs] = [registry[type], database[type]];
    if (!theirs) return [`${type}: no migration makes it known to the database: npm run scenario:migration -- ${type}`];
    if (!ours) return [`${type}: the database has it, the registry does not`];
    const placeholders = [ours, theirs].map((each) =>
      each.placeholders
        .map(({ name, kind }) => `${name} (${kind})`)
        .sort()
        .join(', '),
    );
    return [
      ...(placeholders[0] === placeholders[1]
        ? []
        : [`${type}: the registry has the placeholders ${placeholders[0]}, the database ${placeholders[1]}`]),
      ...keysOf(ours.parameters, theirs.parameters).flatMap((name) =>
        parameterDifferences(`${type}.${name}`, ours.parameters[name], theirs.parameters[name]),
      ),
    ];
  });
}

function parameterDifferences(
  name: string,
  registry: ParameterDeclaration | undefined,
  database: ParameterDeclaration | undefined,
): string[] {
  if (!registry) return [`${name}: the database has it, the registry does not`];
  if (!database) return [`${name}: the registry has it, the database does not`];
  const [ours, theirs] = [registry, database].map(({ nullable = false, ...rest }) => ({ nullable, ...rest }));
  return keysOf(ours!, theirs!).flatMap((property) => {
    const [here, there] = [ours, theirs].map((each) => JSON.stringify(each![property as keyof typeof each]) ?? 'none');
    if (here === there) return [];
    if (property !== 'nullable') return [`${name}: the registry has ${property} ${here}, the database ${there}`];
    return here === 'true'
      ? [`${name}: the registry allows null, the database does not`]
      : [`${name}: the database allows null, the registry does not`];
  });
}

const keysOf = (one: object, other: object) => [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
