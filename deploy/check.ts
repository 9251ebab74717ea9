import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { readContainerfile, readCopy, type Stage } from './containerfile.ts';

/**
 * `npm run image:check`: what a container engine would do with deploy/Containerfile, without one. Each stage in an empty
 * folder: its COPY and npm steps, then the command line as its entry point. Steps that are the engine's or the
 * distribution's own are named and left out. About half a minute.
 */
const project = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'scenario-push-image-'));

try {
  const stages = readContainerfile(join(import.meta.dirname, 'Containerfile'));
  for (const stage of stages) run(stage);
  const last = stages.at(-1)!;
  const entry = last.instructions.find(({ name }) => name === 'ENTRYPOINT')!;
  const [program, ...args] = JSON.parse(entry.value) as [string, ...string[]];
  const version = execFileSync(program, [...args, '--version'], {
    cwd: rootOf(last),
    env: environment(last),
    encoding: 'utf8',
  });
  // The worker's own code is loaded when it is asked for: everything that it imports has to be there.
  execFileSync(program, ['--eval', "await import('./worker/run-worker.ts')"], {
    cwd: rootOf(last),
    env: environment(last),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  say(`entry point answers ${version.trim()}, the worker's code is whole; ${megabytes(rootOf(last))} MB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(stage: Stage): void {
  say(`stage ${stage.name} on ${stage.image}`);
  const root = rootOf(stage);
  mkdirSync(root, { recursive: true });
  for (const { name, value } of stage.instructions) {
    if (name === 'COPY') copy(value, root);
    else if (name === 'RUN' && value.startsWith('npm ')) {
      const started = performance.now();
      execFileSync('sh', ['-c', value], { cwd: root, env: environment(stage), stdio: ['ignore', 'ignore', 'inherit'] });
      say(`  ${value} (${((performance.now() - started) / 1_000).toFixed(1)} s)`);
    } else if (name !== 'WORKDIR' && name !== 'ENV') say(`  not run here: ${name} ${value}`);
  }
}

function copy(value: string, root: string): void {
  const { from, sources, destination } = readCopy(value);
  for (const source of sources) {
    const origin = from ? join(folder, from, source) : join(project, source);
    if (!existsSync(origin)) throw new Error(`COPY ${value}: there is no ${source}`);
    // A folder's content goes into the destination; a file keeps its name where that is a folder.
    const into =
      destination.endsWith('/') && statSync(origin).isFile() ? join(destination, basename(source)) : destination;
    cpSync(origin, join(root, into), { recursive: true });
  }
}

function rootOf(stage: Stage): string {
  return join(folder, stage.name, stage.instructions.find(({ name }) => name === 'WORKDIR')!.value);
}

/** The Node of this process, and nothing of the project around it; npm finds its registry as it does elsewhere on this machine. */
function environment(stage: Stage): NodeJS.ProcessEnv {
  const set = stage.instructions
    .filter(({ name }) => name === 'ENV')
    .map(({ value }) => value.split('=') as [string, string]);
  const nodeFolder = resolve(process.execPath, '..');
  const path = (process.env['PATH'] ?? '').split(':').filter((entry) => !entry.startsWith(project));
  return { ...process.env, PATH: [nodeFolder, ...path].join(':'), ...Object.fromEntries(set) };
}

function megabytes(root: string): number {
  return Math.round(Number(execFileSync('du', ['-sk', root], { encoding: 'utf8' }).split('\t')[0]) / 1_024);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
