import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRulesFile } from '../../cli/rules-file.ts';
import { configuredSchedules } from '../../client/schedule-settings.ts';
import { readConfig } from '../../worker/config.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';

let folder: TestFolder;
beforeAll(() => {
  folder = createFolder();
});
afterAll(() => folder.remove());

function file(content: unknown): string {
  const path = join(folder.path, 'file.json');
  writeFileSync(path, JSON.stringify(content));
  return path;
}

function message(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

const LIBRARY = /Invalid|Too (small|big)|Unrecognized|received/;

test('rules: each fault is named in words of the program', () => {
  const rule = { scenario_type: 'inactivity', cooldown_minutes: 0 };
  const says = message(() =>
    readRulesFile(
      file([
        { scenario_type: 'inactivity' },
        { ...rule, scenario_type: 'birthday' },
        { ...rule, cooldown_minutes: -1, enabled: 'yes' },
        { ...rule, chapter_id: 'seven', starts_on: 'soon', colour: 1 },
        { ...rule, parameters: { inactive_days: 1.5 } },
        { ...rule, scenario_type: 'milestone', parameters: { thresholds: [] } },
        5,
      ]),
    ),
  );
  for (const line of [
    'rule 1, cooldown_minutes: expected a whole number, it is missing',
    'rule 2, scenario_type: expected one of ',
    'rule 3, enabled: expected true or false, got "yes"',
    'rule 3, cooldown_minutes: expected 0 or more, got -1',
    'rule 4, chapter_id: expected a UUID, got "seven"',
    'rule 4, starts_on: expected a date such as 2026-11-20, got "soon"',
    'rule 4: expected no "colour", there is no such field',
    'rule 5, parameters.inactive_days: expected a whole number, got 1.5',
    'rule 6, parameters.thresholds: expected 1 or more entries, got []',
    'rule 7: expected an object, got 5',
  ])
    expect(says).toContain(line);
  expect(says).not.toMatch(LIBRARY);
});

test('Schedules: an unknown field is named', () => {
  const says = message(() => configuredSchedules(file({ inactivity: { crn: '0 9 * * *' }, milestone: 5 })));
  expect(says).toContain('inactivity: expected no "crn", there is no such field');
  expect(says).toContain('milestone: expected an object, got 5');
  expect(says).not.toMatch(LIBRARY);
});

test('the environment: what is wrong is named, and no value is repeated', () => {
  const says = message(() => readConfig({ LOG_LEVEL: 'loud-secret', DATABASE_CONNECTIONS: 'many-secret' }));
  expect(says).toContain('LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent');
  expect(says).not.toMatch(LIBRARY);
  expect(says).not.toContain('secret');
});
