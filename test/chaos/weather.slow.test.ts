import { execFile } from 'node:child_process';
import { expect, test } from '@jest/globals';
import type { Measured, WeatherName } from '../../proof/chaos/weather/scenarios.ts';

/** The command as a person types it. */
async function weather(name: WeatherName): Promise<Measured> {
  const root = new URL('../..', import.meta.url).pathname;
  const out = await new Promise<string>((done) => {
    const args = ['proof/chaos/weather.ts', '--json', '--only', name];
    execFile(process.execPath, args, { cwd: root }, (_error, stdout) => done(stdout));
  });
  return JSON.parse(out) as Measured;
}

// The others measure how long it takes: npm run chaos:weather.
test('one 429 pauses the whole project', async () => {
  expect(await weather('quota')).toMatchObject({ is_met: true });
});
