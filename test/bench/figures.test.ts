import { afterAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { summarise, unionOf, type ActivityRun } from '../../proof/bench/activity-times.ts';
import { isUsable, removeUseless, templateName } from '../../proof/bench/audience-template.ts';
import type { Floor } from '../../proof/bench/floor.ts';
import { ratiosTo, statementPhases } from '../../proof/bench/phases.ts';
import { plots } from '../../proof/bench/plot/plots.ts';
import { readResults, saveResults, type Result } from '../../proof/bench/results.ts';
import { createFolder } from '../support/folder.ts';

const run = (startedAt: number, endedAt: number, type = 'evaluateBatch'): ActivityRun => ({
  type,
  scheduledAt: startedAt - 10,
  startedAt,
  endedAt,
});

describe('times of activities', () => {
  test('what overlaps or touches is counted once, a gap not at all', () => {
    expect(unionOf([run(50, 60), run(0, 10), run(5, 20), run(20, 30), run(6, 8)])).toBe(40);
  });

  test('time in which none ran is what is left of the span', () => {
    const { by_type, any_ms, none_ms } = summarise([run(10, 30), run(20, 40), run(60, 70, 'dispatchBatch')], 100);
    expect([any_ms, none_ms]).toEqual([40, 60]);
    expect(by_type['evaluateBatch']).toEqual({ runs: 2, busy_ms: 40, wall_ms: 30, wait_mean_ms: 10, wait_max_ms: 10 });
  });
});

test('statements are summed by phase; what belongs to none is the rest', () => {
  const statement = (name: string, ms: number) => ({ statement: name, calls: 1, ms });
  expect(
    statementPhases([
      statement('claim-candidates milestone', 5),
      statement('open-batch', 2),
      statement('settle-claims', 3),
      statement('begin', 1),
    ]),
  ).toEqual({ planning: 0, evaluate: 7, begin: 0, learn: 0, settle: 3, counting: 0, rest: 1 });
});

test('a phase that the floor spent no time in has no ratio', () => {
  const busy_ms = { planning: 0, evaluate: 100, begin: 10, learn: 20, settle: 20, counting: 0 };
  const sweep = {
    wall_ms: 300,
    activities: summarise([run(0, 150), run(0, 100, 'dispatchBatch')], 300),
    cpu_seconds: { postgres: 3, 'worker 1': 9 },
  };
  expect(ratiosTo({ busy_ms, wall_ms: 200, postgres_cpu_seconds: 2 } as unknown as Floor, sweep)).toEqual({
    planning: null,
    evaluation: 1.5,
    dispatch: 2,
    counting: null,
    in_all: 1.5,
    postgres_cpu: 1.5,
  });
});

describe('a loaded audience', () => {
  const laidOutFor = new Date('2026-11-20T09:00:00Z');
  const later = (ms: number) => new Date(laidOutFor.getTime() + ms);
  const hours = 3_600_000;

  test('serves for less than twenty hours', () => {
    expect([later(20 * hours - 1), later(20 * hours)].map((asOf) => isUsable(laidOutFor, asOf))).toEqual([true, false]);
  });

  test('does not serve for an instant before it', () => {
    expect([later(0), later(-1)].map((asOf) => isUsable(laidOutFor, asOf))).toEqual([true, false]);
  });

  test('is another for another number, seed or share', () => {
    const names = [{}, { mentors: 2 }, { seed: 2 }, { duePercent: 2 }].map((change) =>
      templateName({ mentors: 1, seed: 1, duePercent: 1, ...change }),
    );
    expect(new Set(names).size).toBe(4);
  });
});

describe('templates', () => {
  const folder = createFolder();
  afterAll(() => folder.remove());
  const asOf = new Date('2026-11-20T09:00:00Z');
  const make = (name: string, as_of: string | null) => {
    mkdirSync(join(folder.path, name));
    if (as_of) writeFileSync(join(folder.path, name, 'template.json'), JSON.stringify({ as_of, load_ms: 1 }));
  };

  test('that are old, of another version or half removed go; others and the one that is asked for stay', () => {
    make('10-seed1-due1-new', '2026-11-20T08:00:00Z');
    make('10-seed1-due1-other', '2026-11-20T08:00:00Z');
    make('20-seed1-due1-new', '2026-11-20T08:00:00Z');
    make('30-seed1-due1-new', '2026-11-19T08:00:00Z');
    make('40-seed1-due1-new', null);
    const kept = removeUseless(folder.path, { except: '10-seed1-due1-new', asOf, fresh: false });
    expect(kept).toEqual({ as_of: '2026-11-20T08:00:00Z', load_ms: 1 });
    expect(readdirSync(folder.path).sort()).toEqual(['10-seed1-due1-new', '20-seed1-due1-new']);
  });

  test('are removed, the one that is asked for too, where it is to be loaded anew', () => {
    expect(removeUseless(folder.path, { except: '10-seed1-due1-new', asOf, fresh: true })).toBeNull();
    expect(readdirSync(folder.path)).toEqual(['20-seed1-due1-new']);
  });
});

describe('results', () => {
  const folder = createFolder();
  afterAll(() => folder.remove());
  const sweep = (workers: number, wall_ms: number) =>
    ({
      kind: 'sweep',
      start: 'warm',
      mentors: 1_000,
      due_percent: 1,
      seed: 1,
      scenario_types: ['milestone'],
      workers,
      sweep: { wall_ms, activities: summarise([run(0, wall_ms)], wall_ms) },
    }) as unknown as Result;

  test('take the place of earlier ones of the same measurement, and of no other', () => {
    const file = join(folder.path, 'results.json');
    saveResults(file, [sweep(1, 10), sweep(2, 20)]);
    saveResults(file, [sweep(1, 11)]);
    expect(existsSync(file)).toBe(true);
    expect(readResults(file)).toEqual([sweep(1, 11), sweep(2, 20)]);
  });

  test('of an empty file are a fault that is told', () => {
    const file = join(folder.path, 'broken.json');
    writeFileSync(file, '');
    expect(() => readResults(file)).toThrow();
  });

  test('are drawn where there are any: a curve needs two points', () => {
    expect(Object.keys(plots([]))).toEqual([]);
    expect(Object.keys(plots([sweep(1, 10)]))).toEqual(['phases']);
    expect(Object.keys(plots([sweep(1, 10), sweep(2, 8)]))).toEqual(['phases', 'workers']);
  });
});
