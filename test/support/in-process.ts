import { expect, jest } from '@jest/globals';
import { run } from '../../cli/run.ts';
import type { Outcome } from './running-service.ts';

/** `scenario-push …` in this process, with exactly these variables: thousands of them a minute. One at a time. */
export async function runInProcess(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const before = { ...process.env };
  const kept = Object.fromEntries(
    Object.entries(before).filter(([name]) => name.startsWith('TEST_') || name === 'PATH'),
  );
  const said = { out: '', error: '' };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((said.out += String(text)), true)),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((said.error += String(text)), true)),
  ];
  try {
    replaceEnvironment({ ...kept, ...env });
    const code = await run(['node', 'scenario-push', ...args]);
    return { code: Number(code ?? process.exitCode ?? 0), ...said };
  } finally {
    process.exitCode = 0;
    replaceEnvironment(before);
    for (const spy of spies) spy.mockRestore();
  }
}

/** As {@link runInProcess} with `--json`: the lines that it prints. It has to end well. */
export async function jsonInProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Record<string, unknown>[]> {
  const { code, out, error } = await runInProcess([...args, '--json'], env);
  expect({ code, error }).toMatchObject({ code: 0 });
  return jsonLines(out);
}

/** What was printed with `--json`: a value a line. */
export function jsonLines<Line = Record<string, unknown>>(out: string): Line[] {
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

function replaceEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value;
}
