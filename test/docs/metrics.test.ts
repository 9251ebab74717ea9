import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { METRICS } from '../../worker/telemetry/metric-definitions.ts';

const rows = [
  ...readFileSync('docs/metrics.md', 'utf8').matchAll(
    /^\| `(scenario_push_\w+)` \| (\w+) \| (.+?) \| (.+?) \| (.+) \|$/gm,
  ),
];
const page = rows.map(([, name, kind, labels]) => [
  name,
  kind,
  [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label),
]);

test('docs/metrics.md has every metric with its type and labels, in the order of the code, and no other', () => {
  expect(page).toEqual(Object.entries(METRICS).map(([name, { kind, labels }]) => [name, kind, [...labels]]));
});

test('docs/metrics.md gives each metric a unit and a meaning', () => {
  expect(rows.filter(([, , , , unit, meaning]) => !unit?.trim() || !meaning?.trim())).toEqual([]);
});
