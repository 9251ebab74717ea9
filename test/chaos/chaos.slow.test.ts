import { describe, expect, test } from '@jest/globals';
import { SABOTAGE_NAMES, type SabotageName } from '../../proof/chaos/sabotage/names.ts';
import { chaos } from './chaos-command.ts';

describe('under faults of a fixed seed', () => {
  test('under hold nobody is missed and no device is asked again', async () => {
    const { code, runs, summary, said } = await chaos('--runs', '1', '--seed', '15', '--policy', 'hold');
    expect({ code, violations: runs.flatMap((run) => run.violations), said: code === 0 ? '' : said }).toEqual({
      code: 0,
      violations: [],
      said: '',
    });
    expect(summary.due).toBeGreaterThanOrEqual(200);
    expect(summary).toMatchObject({ missed: 0, unexplained_duplicates: 0, sent_again_explained: 0 });
  });
});

/** A rule that must be broken by each, at a seed at which the fault falls where it matters. */
const EXPOSED: Readonly<Record<SabotageName, { readonly seed: number; readonly rule: string }>> = {
  'no-claim': { seed: 3, rule: 'post without a claim' },
  'record-before-send': { seed: 3, rule: 'recorded as sent, never delivered' },
  'unknown-is-failure': { seed: 3, rule: 'posted again without an unknown' },
  'no-fence': { seed: 27, rule: 'posted again without an unknown' },
  'lost-record': { seed: 3, rule: 'delivered without a record' },
  'no-last-look': { seed: 3, rule: 'begun although opted out' },
};

/** All of them take a minute and a half: CHAOS=all. */
const tried = process.env['CHAOS'] === 'all' ? SABOTAGE_NAMES : (['no-claim'] as const);

describe('a service that was broken on purpose', () => {
  test.each([...tried])('is reported: %s', async (sabotage) => {
    const { seed, rule } = EXPOSED[sabotage];
    const { code, runs } = await chaos('--seed', String(seed), '--runs', '1', '--sabotage', sabotage);
    expect(code).toBe(1);
    expect(runs.flatMap((run) => run.violations.map((violation) => violation.rule))).toContain(rule);
  });
});
