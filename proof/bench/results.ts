import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Measurement } from './measurement.ts';
import type { machine } from './report.ts';

export type Result = ReturnType<typeof machine> & Measurement;

export function readResults(file: string): Result[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result[]) : [];
}

/** Adds results to a file; one of the same measurement takes the place of the earlier one. */
export function saveResults(file: string, results: readonly Result[]): void {
  const replaced = new Set(results.map(subjectOf));
  const kept = readResults(file).filter((result) => !replaced.has(subjectOf(result)));
  const sorted = [...kept, ...results].sort((a, b) => order(a) - order(b));
  writeFileSync(file, `[\n${sorted.map((result) => JSON.stringify(result)).join(',\n')}\n]\n`);
}

/** What makes two results the same measurement, at different times or of different versions. */
export function subjectOf(result: Measurement): string {
  const { kind, mentors, due_percent, seed, scenario_types } = result;
  const how =
    result.kind === 'sweep'
      ? [result.start, result.workers]
      : result.kind === 'sending'
        ? [result.workers, result.latency_ms]
        : [];
  return [kind, mentors, due_percent, seed, scenario_types.join('+'), ...how].join('/');
}

function order(result: Result): number {
  const workers = result.kind === 'floor' ? 0 : result.workers;
  return result.mentors * 1_000 + result.due_percent * 10 + workers;
}
