import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { program } from '../../cli/program.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { createFolder } from '../support/folder.ts';

interface Outcome {
  code: number;
  out: string;
  error: string;
}

function run(file: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, args, { env: { PATH: process.env['PATH'], ...environment } }, (failure, out, error) => {
      resolve({ code: failure ? Number(failure.code) : 0, out, error });
    });
  });
}

const commandLine = (args: readonly string[], environment?: NodeJS.ProcessEnv) =>
  run(process.execPath, ['cli/main.ts', ...args], environment);

function paths(command: Command, before: readonly string[] = []): string[][] {
  return command.commands
    .filter((sub) => !['help', 'complete'].includes(sub.name()))
    .flatMap((sub) => [[...before, sub.name()], ...paths(sub, [...before, sub.name()])]);
}

describe('help', () => {
  test.each(paths(program()).map((path) => [path.join(' ')]))('of "%s" shows how it is typed', (path) => {
    const printed: string[] = [];
    const root = program();
    const command = path
      .split(' ')
      .reduce<Command>((at, name) => at.commands.find((sub) => sub.name() === name)!, root);
    command.configureOutput({ writeOut: (text) => void printed.push(text) });
    command.outputHelp();
    // The next level of a command with sub-commands, or the command itself; completion is typed into a shell.
    expect(printed.join('')).toMatch(new RegExp(`Examples?:\\n +\\$ .*scenario-push ${path}( |\\n|$)`, 'm'));
  });

  test.each([[['--help']], [['help']], [['sweep', '--help']], [['help', 'held']], [['--version']]])(
    '%j is no failure and goes to standard output',
    async (args) => {
      const { code, out, error } = await commandLine(args);
      expect({ code, error }).toEqual({ code: 0, error: '' });
      expect(out).toMatch(args.includes('--version') ? /^\d+\.\d+\.\d+\n$/ : /^Usage: scenario-push/);
    },
  );
});

describe('misuse ends with code 2, on standard error', () => {
  test.each([
    ['no command', [], /^Usage: scenario-push/],
    ['a command that does not exist', ['previw'], /unknown command 'previw'[^]*Did you mean preview\?/],
    ['a sub-command that does not exist', ['migrate', 'upp'], /unknown command 'upp'[^]*Did you mean up\?/],
    ['a command that needs a sub-command', ['held'], /^Usage: scenario-push held/],
    ['an option that does not exist', ['preview', '--jsom'], /unknown option '--jsom'[^]*Did you mean --json\?/],
    [
      'a scenario type with a slip in it',
      ['preview', '--scenario', 'inactivty'],
      /got "inactivty"\. Did you mean "inactivity"\?/,
    ],
    ['a scenario type half remembered', ['sweep', '--scenario', 'Welcome-Back'], /Did you mean "welcome_back"\?/],
    ['an argument too many', ['runs', 'all'], /too many arguments/],
    ['pruning what is too young', ['prune', '--older-than', '29d'], /30 or more, such as 400d, got "29d"/],
    ['a shell that cannot be completed in', ['completion', 'tcsh'], /Allowed choices are zsh, bash, fish/],
  ])('%s', async (_, args, message) => {
    const { code, out, error } = await commandLine(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toMatch(message);
    expect(error).not.toMatch(/^\s+at /m);
  });

  test('a word that is like no scenario type gets no guess', async () => {
    expect((await commandLine(['preview', '--scenario', 'birthday'])).error).not.toMatch(/Did you mean/);
  });

  test('npm start refuses an option that it does not know in the same way', async () => {
    const { code, error } = await run(process.execPath, ['local/main.ts', '--twice']);
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining("unknown option '--twice'") });
  });
});

test('the installed command runs on the Node of the project, whatever is first in PATH', async () => {
  const folder = createFolder();
  try {
    writeFileSync(join(folder.path, 'node'), '#!/bin/sh\necho "too old" >&2\nexit 1\n', { mode: 0o755 });
    const link = join(folder.path, 'scenario-push');
    symlinkSync(resolve('cli/scenario-push'), link);
    const { code, out, error } = await run(link, ['--version'], { PATH: `${folder.path}:/usr/bin:/bin` });
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  } finally {
    folder.remove();
  }
});

test('what is asked for rightly and fails ends with code 1', async () => {
  const { code, error } = await commandLine(['migrate', 'status']);
  expect(code).toBe(1);
  expect(error).toMatch(/^E_CONFIG: .*\n.*DATABASE_URL/);
});

describe('colour', () => {
  const ESCAPE = '\x1b[';

  test('is left out where nobody can see it', async () => {
    expect((await commandLine(['--help'])).out).not.toContain(ESCAPE);
    expect((await commandLine(['previw'])).error).not.toContain(ESCAPE);
  });

  test('comes with FORCE_COLOR, in help, in errors of use and in failures', async () => {
    const forced = { FORCE_COLOR: '1' };
    expect((await commandLine(['--help'], forced)).out).toContain(`${ESCAPE}1mUsage:`);
    expect((await commandLine(['previw'], forced)).error).toContain(ESCAPE);
    expect((await commandLine(['migrate', 'status'], forced)).error).toContain(
      `${ESCAPE}1m${ESCAPE}31mE_CONFIG${ESCAPE}`,
    );
  });

  test('a terminal gets it, and gets none with NO_COLOR', async () => {
    // `script` gives a program a terminal.
    const onTerminal = (environment: NodeJS.ProcessEnv) =>
      run('script', ['-qec', `'${process.execPath}' cli/main.ts --help`, '/dev/null'], {
        TERM: 'xterm-256color',
        ...environment,
      });
    expect((await onTerminal({})).out).toContain(`${ESCAPE}1mUsage:`);
    expect((await onTerminal({ NO_COLOR: '1' })).out).not.toContain(ESCAPE);
  });
});

describe('completion', () => {
  const complete = async (...words: string[]) => {
    const { out } = await commandLine(['complete', '--', ...words]);
    return out
      .trim()
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t')[0]!);
  };

  test('knows commands, sub-commands, options and scenario types', async () => {
    expect(await complete('')).toEqual(expect.arrayContaining(['migrate', 'sweep', 'preview', 'explain', 'doctor']));
    expect(await complete('held', '')).toEqual(expect.arrayContaining(['list', 'settle', 'release']));
    expect(await complete('sweep', '--')).toEqual(
      expect.arrayContaining(['--scenario', '--limit', '--wait', '--json']),
    );
    expect(await complete('preview', '--scenario', '')).toEqual([...SCENARIO_TYPES]);
  });

  test('bash, with the script sourced, completes a word', async () => {
    // What the bash-completion package defines, for this one word.
    const package_ = '_get_comp_words_by_ref() { cur=prev; prev=scenario-push; words=(scenario-push prev); cword=1; }';
    const press = '__scenario_push_complete; echo "${COMPREPLY[@]}"';
    const { out } = await run(
      'bash',
      ['--norc', '-c', `${package_}; source <(scenario-push completion bash); ${press}`],
      {
        PATH: `${join(process.cwd(), 'node_modules', '.bin')}:${process.env['PATH']}`,
      },
    );
    expect(out.trim()).toBe('preview');
  });

  test.each(['bash', 'zsh', 'fish'])('%s gets a script that asks scenario-push', async (shell) => {
    const { code, out } = await commandLine(['completion', shell]);
    expect(code).toBe(0);
    expect(out).toContain('scenario-push complete --');
  });
});
