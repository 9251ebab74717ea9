import { expect, test } from '@jest/globals';
import { SCENARIO_TYPES, type ScenarioType } from '../../domain/scenarios/registry.ts';
import type { Audience } from '../../proof/evaluator/audience.ts';
import { evaluate } from '../../proof/evaluator/evaluate.ts';

const nobody: Audience = {
  organizations: [],
  chapters: [],
  users: [],
  activities: [],
  summaries: [],
  certifications: [],
  devices: [],
  preferences: [],
  rules: [],
  policies: [],
  told: [],
  claims: [],
};
const evaluated = (scenarioType: string) => evaluate(nobody, scenarioType as ScenarioType, new Date('2026-11-20'));

test.each(SCENARIO_TYPES)('the independent evaluator knows %s', (scenarioType) => {
  expect(evaluated(scenarioType).candidates).toBe(0);
});

test('a type that it has not been taught is refused in words', () => {
  expect(() => evaluated('birthday')).toThrow('the independent evaluator does not know birthday');
});
