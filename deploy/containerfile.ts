import { readFileSync } from 'node:fs';

/** An instruction of one stage, in order; what only an engine can honour (USER, ENTRYPOINT, …) included. */
export interface Instruction {
  readonly name: string;
  readonly value: string;
}

export interface Stage {
  readonly name: string;
  readonly image: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Containerfile that continues no line, and whose only ARGs name its base images, as ours do. */
export function readContainerfile(file: string): Stage[] {
  const bases = new Map<string, string>();
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (!line.trim() || line.startsWith('#')) continue;
    const [, name, value] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (!name || !value) throw new Error(`${file}: cannot read "${line}"`);
    if (name === 'ARG') {
      const [base, image] = value.split('=') as [string, string];
      bases.set(`\${${base}}`, image);
      continue;
    }
    const from = name === 'FROM' && /^(\S+) AS (\S+)$/.exec(value);
    if (from) stages.push({ name: from[2]!, image: bases.get(from[1]!) ?? from[1]!, instructions: [] });
    else stages.at(-1)!.instructions.push({ name, value });
  }
  return stages;
}

/** `COPY [--from=stage] source… destination`. */
export function readCopy(value: string): { from: string | null; sources: string[]; destination: string } {
  const words = value.split(/\s+/);
  const from = /^--from=(.+)$/.exec(words[0]!)?.[1] ?? null;
  if (from) words.shift();
  return { from, sources: words.slice(0, -1), destination: words.at(-1)! };
}
