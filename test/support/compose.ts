import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface ComposeService {
  readonly image: string;
  /** Absent: the image's own. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
}

/** deploy/compose.yaml as Compose reads it with these variables set. Throws for one that it demands and is not set. */
export function readCompose(variables: Readonly<Record<string, string>>): Record<string, ComposeService> {
  const text = readFileSync('deploy/compose.yaml', 'utf8').replaceAll(
    /\$(?:\$|\{(\w+):([?-])([^}]*)\})/g,
    (_, name: string | undefined, sign: string, rest: string) => {
      if (name === undefined) return '$';
      const value = variables[name];
      if (value === undefined && sign === '?') throw new Error(`${name}: ${rest}`);
      return value ?? rest;
    },
  );
  return (parse(text, { merge: true }) as { services: Record<string, ComposeService> }).services;
}

/** Names in an order in which each comes after what it depends on. */
export function startOrder(services: Readonly<Record<string, ComposeService>>): string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    for (const before of Object.keys(services[name]!.depends_on ?? {})) visit(before);
    order.add(name);
  };
  for (const name of Object.keys(services)) visit(name);
  return [...order];
}
