import { InvalidArgumentError, Option } from 'commander';
import { isScenarioType, SCENARIO_TYPES, type ScenarioType } from '../domain/scenarios/registry.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { parseInstant as readInstant } from '../domain/instant.ts';
import { UUID } from '../domain/uuid.ts';

/** `--scenario inactivity milestone` or `--scenario inactivity,milestone`; all where it is absent. */
export function scenarioOption(): Option {
  return new Option('-s, --scenario <types...>', 'one or more scenario types, also with commas between them')
    .choices(SCENARIO_TYPES)
    .default([...SCENARIO_TYPES], 'all')
    .argParser((value: string, previous: ScenarioType[] | undefined) => {
      const before = previous && previous.length < SCENARIO_TYPES.length ? previous : [];
      return addScenarioTypes(value, before);
    });
}

/** As {@link scenarioOption}, where its absence does not mean all. */
export function someScenariosOption(about: string): Option {
  return new Option('-s, --scenario <types...>', `${about}; also with commas between them`)
    .choices(SCENARIO_TYPES)
    .argParser((value: string, previous: ScenarioType[] | undefined) => addScenarioTypes(value, previous ?? []));
}

function addScenarioTypes(text: string, before: readonly ScenarioType[]): ScenarioType[] {
  return [...new Set([...before, ...text.split(',').map((type) => parseScenarioType(type.trim()))])];
}

export function parseScenarioType(text: string): ScenarioType {
  if (isScenarioType(text)) return text;
  throw new InvalidArgumentError(
    `expected ${SCENARIO_TYPES.join(', ')}, got "${text}".${didYouMean(text, SCENARIO_TYPES)}`,
  );
}

export function asOfOption(): Option {
  return new Option('--as-of <instant>', 'the instant to evaluate, ISO 8601 with a zone')
    .default(undefined, 'now')
    .argParser(parseInstant);
}

export function parseInstant(text: string): Date {
  const instant = readInstant(text);
  if (!instant) {
    throw new InvalidArgumentError(
      `expected an ISO 8601 instant with a zone, such as 2026-11-20T09:00:00Z, got "${text}".`,
    );
  }
  return instant;
}

export const parseMentor = parseId('a mentor');

/** A UUID, in lower case. `of` whom stands in the message. */
export function parseId(of: string): (text: string) => string {
  return (text) => {
    const id = text.toLowerCase();
    if (!UUID.test(id)) throw new InvalidArgumentError(`expected the UUID of ${of}, got "${text}".`);
    return id;
  };
}

/** The largest number that a column of the database holds. */
const MOST = 2_147_483_647;

/** A whole number of at least `least`. */
export function parseWhole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > MOST) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${MOST}, got "${text}".`);
    }
    return value;
  };
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON, one value a line').default(false);
}

/** 0 to 65535; 0 = any that is free. */
export function parsePort(text: string): number {
  const port = parseWhole(0)(text);
  if (port > 65_535) throw new InvalidArgumentError(`expected a port, 0 to 65535, got "${text}".`);
  return port;
}
