import { describe, expect, test } from '@jest/globals';
import { chaos } from './chaos-command.ts';

describe('under faults of a fixed seed', () => {
  test('nobody is missed, and every second post is explained by an unknown', async () => {
    const { code, runs, summary, said } = await chaos('--runs', '1', '--seed', '27', '--policy', 'resend');
    expect({ code, violations: runs.flatMap((run) => run.violations), said: code === 0 ? '' : said }).toEqual({
      code: 0,
      violations: [],
      said: '',
    });
    expect(summary.due).toBeGreaterThanOrEqual(200);
    expect(summary.kills_and_freezes).toBeGreaterThanOrEqual(1);
    expect(summary).toMatchObject({ missed: 0, unexplained_duplicates: 0 });
  });
});
