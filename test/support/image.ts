import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { readContainerfile } from '../../deploy/containerfile.ts';
import { mustClose } from './leaks.ts';

/** A program with its arguments and all of its environment. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Where the image's entry point runs: inside the image, or in this checkout as the process that it stands for. */
export interface ImageRunner {
  launch(command: readonly string[], env: NodeJS.ProcessEnv): Launch;
  /** Of the program itself, given the process that was started. */
  pidOf(started: number): number;
  remove(): void;
}

function fromContainerfile(name: string): string[] {
  const run = readContainerfile('deploy/Containerfile').at(-1)!;
  return JSON.parse(run.instructions.find((instruction) => instruction.name === name)!.value) as string[];
}

/** What it starts without a command of its own. */
export const imageCommand = (): string[] => fromContainerfile('CMD');

export function thisCheckout(): ImageRunner {
  return {
    launch: (command, env) => ({
      file: process.execPath,
      args: [...fromContainerfile('ENTRYPOINT').slice(1), ...command],
      env: { PATH: process.env['PATH'], ...env },
    }),
    pidOf: (started) => started,
    remove: () => {},
  };
}

/** A container of an image that deploy/build-with-buildah has built, with its user and its environment, on this machine's network. */
export function insideImage(image: string): ImageRunner {
  const engine = { ...process.env, STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot' };
  const buildah = (...args: string[]) => execFileSync('buildah', args, { env: engine, encoding: 'utf8' }).trim();
  const container = buildah('from', '--pull-never', image);
  const closed = mustClose(`container ${container}`);
  return {
    launch: (command, env) => ({
      file: 'buildah',
      args: [
        'run',
        ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
        container,
        '--',
        ...fromContainerfile('ENTRYPOINT'),
        ...command,
      ],
      env: engine,
    }),
    // buildah would not pass a signal on as an engine does.
    pidOf: (started) => {
      for (let pid = started; ;) {
        const [child] = globSync(`/proc/${pid}/task/*/children`).flatMap(
          (file) => readFileSync(file, 'utf8').match(/\d+/) ?? [],
        );
        if (child === undefined) return pid;
        pid = Number(child);
      }
    },
    remove: () => {
      buildah('rm', container);
      closed();
    },
  };
}
