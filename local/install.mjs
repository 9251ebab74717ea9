// Runs before anything is installed, on the system's Node: plain JavaScript, no dependencies. `npm ci` alone says nothing
// for a minute. Standard output is for results.
import { spawn } from 'node:child_process';

const EVERY_MS = 5_000;
const started = performance.now();
const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);
const seconds = () => Math.round((performance.now() - started) / 1_000);

say('Installing what package.json names (npm ci); this happens once and takes one to three minutes …');
const child = spawn('npm', ['ci', '--no-progress'], { stdio: ['ignore', 2, 2] });
const tick = setInterval(() => say(`  … still installing, ${seconds()} s`), EVERY_MS);
child.once('error', (error) => {
  say(`npm could not be run: ${error.message}`);
  process.exitCode = 1;
  clearInterval(tick);
});
child.once('close', (code) => {
  clearInterval(tick);
  if (code === 0) say(`Installed in ${seconds()} s.`);
  else process.exitCode = code ?? 1;
});
