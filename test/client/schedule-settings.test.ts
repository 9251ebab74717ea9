import { afterAll, expect, describe, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cronFault, timezoneFault } from '../../client/cron.ts';
import { DEFAULT_SCHEDULES } from '../../client/schedule-definitions.ts';
import { configuredSchedules } from '../../client/schedule-settings.ts';
import { createFolder } from '../support/folder.ts';

const folder = createFolder();
afterAll(() => folder.remove());

const configured = (settings: unknown) => {
  const file = join(folder.path, 'schedules.json');
  writeFileSync(file, typeof settings === 'string' ? settings : JSON.stringify(settings));
  return configuredSchedules(file);
};

test.each(DEFAULT_SCHEDULES)(
  '$id fires at times and in a timezone that every part understands',
  ({ cron, timezone }) => {
    expect([cronFault(cron), timezoneFault(timezone)]).toEqual([null, null]);
  },
);

describe('a cron expression', () => {
  test.each(['0 9 * * *', '*/15 8-16 * * MON-FRI', '0 9,17 1 jan,jul *', '30 3 31 * *', '0 9 * * 7'])(
    'may be %s',
    (cron) => {
      expect(cronFault(cron)).toBeNull();
    },
  );

  test.each([
    ['0 9 * *', /4 fields/],
    ['0 0 9 * * *', /6 fields/],
    ['60 9 * * *', /got value 60 expected range 0-59/],
    ['0 24 * * *', /got value 24 expected range 0-23/],
    ['0 22-4 * * *', /range/],
    ['0 9 31 2 *', /day of month/],
    ['0 9 L * *', /"L" is not understood/],
    ['0 9 * * MON#1', /"MON#1" is not understood/],
    ['0 9 * * FOO', /foo/],
    ['@daily', /1 fields/],
    ['0 9 1 * MON', /cannot both be chosen/],
    ['0 9 * * * # noon', /7 fields/],
  ])('may not be %s', (cron, reason) => {
    expect(cronFault(cron)).toMatch(reason);
  });
});

test.each(['Europe/Oslo', 'UTC', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta'])('%s is a timezone', (name) => {
  expect(timezoneFault(name)).toBeNull();
});

test.each(['Europa/Oslo', 'europe/oslo', '+01:00', ''])('"%s" is no timezone', (name) => {
  expect(timezoneFault(name)).not.toBeNull();
});

describe('the file', () => {
  test.each([{ factor: 5 }, { minimum: 0 }, { factor: 1, minimum: 500 }, { factor: 1_000 }, {}, false])(
    'may give a sweep the brake %j, which its workflow is started with',
    (brake) => {
      const [inactivity] = configured({ inactivity: { brake } });
      expect(inactivity!.argsIn(inactivity!)).toEqual([
        { scenarioTypes: ['inactivity'], timezone: 'Europe/Oslo', brake },
      ]);
    },
  );

  test.each([
    [{ factor: 0.9 }, /got \{"factor":0\.9\}/],
    [{ factor: 1_001 }, /a factor from 1 to 1000/],
    [{ factor: '3' }, /a factor from 1 to 1000/],
    [{ minimum: -1 }, /a whole minimum, 0 or more/],
    [{ minimum: 2.5 }, /a whole minimum, 0 or more/],
    [{ most: 5 }, /got \{"most":5\}/],
    [true, /got true/],
    [null, /got null/],
  ])('may not give it the brake %j', (brake, reason) => {
    const load = () => configured({ inactivity: { brake } });
    expect(load).toThrow(/E_SCHEDULES_FILE.*inactivity\.brake: expected false, or an object such as \{"factor": 3/s);
    expect(load).toThrow(reason);
  });

  test('may not give a brake to what sends nothing', () => {
    expect(() => configured({ 'refresh-device-tokens': { brake: false } })).toThrow(
      /refresh-device-tokens\.brake: expected nothing, for refresh-device-tokens sends nothing/,
    );
  });

  test('changes what it names and leaves the rest', () => {
    const schedules = configured({
      inactivity: { cron: '0 8 * * *', paused: false },
      'refresh-device-tokens': { timezone: 'UTC' },
    });
    expect(schedules.map(({ id }) => id)).toEqual(DEFAULT_SCHEDULES.map(({ id }) => id));
    const of = (id: string) => schedules.find((each) => each.id === id);
    expect(of('sweep-inactivity')).toMatchObject({ cron: '0 8 * * *', timezone: 'Europe/Oslo', paused: false });
    expect(of('refresh-device-tokens')).toMatchObject({ cron: '30 3 1 * *', timezone: 'UTC' });
    expect(of('sweep-milestone')).toBe(DEFAULT_SCHEDULES.find(({ id }) => id === 'sweep-milestone'));
  });

  test('leaves out what it switches off', () => {
    expect(configured({ milestone: { enabled: false } }).map(({ id }) => id)).not.toContain('sweep-milestone');
  });

  test('is refused with everything that is wrong with it', () => {
    const refused = () =>
      configured({
        inactivity: { cron: '0 25 * * *', timezone: 'Oslo' },
        milestone: { chron: '0 9 * * *' },
        birthday: {},
        'sweep-inactivity': {},
      });
    expect(refused).toThrow(
      /^E_SCHEDULES_FILE.*\n.*inactivity\.cron: expected five fields.*got "0 25 \* \* \*".*\n.*inactivity\.timezone: expected.*got "Oslo".*\n.*milestone: .*chron.*\n.*birthday: expected some of.*\n.*sweep-inactivity stands there twice\ncorrect the file; nothing was changed/,
    );
  });

  test.each(['[', '[]', '7'])('holding %s is refused', (content) => {
    expect(() => configured(content)).toThrow('E_SCHEDULES_FILE');
  });
});
