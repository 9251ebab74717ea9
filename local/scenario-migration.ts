import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { declarationOf } from '../domain/scenarios/definition.ts';
import { isScenarioType, SCENARIO_TYPES, SCENARIOS } from '../domain/scenarios/registry.ts';

/**
 * `npm run scenario:migration -- seasonal_greeting` writes the migration that makes a type of the registry known to the
 * database, and its way down, under the next timestamp.
 */
const [type = '', ...more] = process.argv.slice(2);
if (!isScenarioType(type) || more.length > 0) fail(`expected one type of the registry: ${SCENARIO_TYPES.join(', ')}`);

const folder = new URL('../migrations/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.sql'))
  .sort();
const present = names.find((file) => file.slice(15) === `scenario_type_${type}.sql`);
if (present) fail(`migrations/${present} is there already`);

const now = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
const afterLast = String(Number(names.at(-1)!.slice(0, 14)) + 100);
const name = `${now > afterLast ? now : afterLast}_scenario_type_${type}.sql`;

const scenario = SCENARIOS[type];
const declaration = JSON.stringify(declarationOf(scenario), null, 2).replaceAll("'", "''");
write(
  name,
  `-- Scenario type ${type}: ${scenario.words.en.title}. As domain/scenarios/ declares it.
select scenario_push.add_scenario_type('${type}', '${declaration}', cooldown_minutes => ${scenario.cooldownMinutes});
`,
);
write(
  `down/${name}`,
  `-- Removes scenario type ${type} and its rules; refused while there are records of it.
do $$
begin
  if to_regprocedure('scenario_push.remove_scenario_type(text)') is not null then
    perform scenario_push.remove_scenario_type('${type}');
  end if;
end
$$;
`,
);

function write(path: string, sql: string): void {
  if (existsSync(new URL(path, folder))) fail(`migrations/${path} is there already`);
  writeFileSync(new URL(path, folder), sql);
  console.log(`migrations/${path} written`);
}

function fail(fault: string): never {
  console.error(fault);
  process.exit(2);
}
