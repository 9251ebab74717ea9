import { describe, expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SweepHandle } from '../../client/sweeps.ts';
import { drawProgress, followProgress, Pace } from '../../cli/sweep-progress.ts';
import { NO_COUNTS } from '../../domain/sweep.ts';
import type { SweepProgress } from '../../workflows/sweep-messages.ts';

function progress(values: Partial<SweepProgress> & { sent?: number } = {}): SweepProgress {
  const { sent = 0, ...rest } = values;
  return {
    as_of: '2026-11-20T09:00:00.000Z',
    state: 'running',
    planned: 80,
    in_flight: 4,
    done: 0,
    failed: 0,
    concurrency: 4,
    scenarios: { inactivity: { ...NO_COUNTS, candidates: sent, claimed: sent, sent } },
    ...rest,
  };
}

function stream(
  isTTY: boolean,
  columns: number,
  onWrite: (text: string) => void = () => {},
): Writable & { isTTY: boolean; columns: number } {
  const write = (chunk: Buffer, _: string, done: () => void) => {
    onWrite(chunk.toString());
    done();
  };
  return Object.assign(new Writable({ write }), { isTTY, columns });
}

describe('pace', () => {
  test('says nothing before a batch is over', () => {
    const pace = new Pace();
    pace.at(progress(), 0);
    expect(pace.at(progress(), 1_000)).toEqual({ sentPerSecond: null, secondsLeft: null });
  });

  test('20 of 80 batches and 500 messages in ten seconds: 50 a second, 30 seconds left', () => {
    const pace = new Pace();
    pace.at(progress(), 5_000);
    expect(pace.at(progress({ done: 20, sent: 500 }), 15_000)).toEqual({ sentPerSecond: 50, secondsLeft: 30 });
  });

  test('a batch that failed is over, too', () => {
    const pace = new Pace();
    pace.at(progress(), 0);
    expect(pace.at(progress({ done: 39, failed: 1 }), 8_000).secondsLeft).toBe(8);
  });

  test('counts from when it was first looked at: a sweep may have run for long', () => {
    const pace = new Pace();
    pace.at(progress({ done: 60, sent: 9_000 }), 0);
    expect(pace.at(progress({ done: 70, sent: 9_100 }), 10_000)).toEqual({ sentPerSecond: 10, secondsLeft: 10 });
  });

  test('an hour of pause makes nothing slower', () => {
    const pace = new Pace();
    pace.at(progress(), 0);
    pace.at(progress({ done: 20, sent: 500 }), 10_000);
    pace.at(progress({ done: 20, sent: 500, state: 'paused' }), 10_000);
    pace.at(progress({ done: 20, sent: 500, state: 'paused' }), 3_610_000);
    expect(pace.at(progress({ done: 40, sent: 1_000 }), 3_620_000)).toEqual({ sentPerSecond: 50, secondsLeft: 20 });
  });
});

describe('the line on a terminal', () => {
  const terminal = (columns: number) => stream(true, columns);

  test('has a bar, the share, rate and time left', () => {
    const line = drawProgress(
      progress({ done: 20, sent: 500 }),
      { sentPerSecond: 50, secondsLeft: 185 },
      terminal(200),
    );
    expect(line).toMatch(
      /█{6}.*░{18}  25 %  running: 20 of 80 batches, 500 candidates, 500 claimed, 500 sent  50\/s  3 min 5 s left$/,
    );
  });

  test('a paused sweep has no time left', () => {
    expect(
      drawProgress(progress({ state: 'paused', done: 20 }), { sentPerSecond: 50, secondsLeft: 30 }, terminal(200)),
    ).not.toMatch(/left/);
  });

  test('never wraps', () => {
    const line = drawProgress(progress({ done: 20, sent: 500 }), { sentPerSecond: 50, secondsLeft: 30 }, terminal(60));
    // oxlint-disable-next-line no-control-regex -- colours have no width
    expect(line.replaceAll(/\x1b\[\d+m/g, '').length).toBeLessThan(60);
  });
});

test.each([
  ['a terminal gets one line, rewritten', true],
  ['anything else gets plain lines, one for each change', false],
])('%s', async (_, isTTY) => {
  const states = [progress(), progress({ done: 10 }), progress({ done: 10 }), progress({ done: 20 })];
  const handle = { query: async () => states.shift() ?? progress({ done: 20 }) } as unknown as SweepHandle;
  let written = '';
  const out = stream(isTTY, 120, (text) => (written += text));
  const end = followProgress(handle, out);
  for (let i = 0; i < 1_200 && !written.includes('20 of 80'); i++) await sleep(50);
  await end();
  if (isTTY) {
    expect(written).not.toContain('\n');
    expect(written.endsWith('\r\x1b[2K')).toBe(true);
  } else {
    expect(written.split('\n').map((line) => line.split(',')[0])).toEqual([
      'running: 0 of 80 batches',
      'running: 10 of 80 batches',
      'running: 20 of 80 batches',
      '',
    ]);
  }
});
