import { html } from 'hono/html';
import type { Run } from '../../../db/list-runs.ts';
import type { DeferredUntil } from '../../../db/today.ts';
import { failureInWords, reasonInWords } from '../../../domain/explanation/reasons.ts';
import type { ConsoleContext } from '../../env.ts';
import { table, type Html } from '../../layout.ts';

interface Step {
  readonly what: string;
  readonly n: number;
  /** 0: a whole; 1: a part of the one above; 2: a part of a part. */
  readonly depth: 0 | 1 | 2;
}

interface Funnel {
  readonly run: Run;
  /** A number for each code. */
  readonly failures: Readonly<Record<string, number>>;
  readonly deferred: DeferredUntil | undefined;
}

/** What became of the mentors that a sweep looked at, step by step. */
export function funnel(c: ConsoleContext, caption: string, of: Funnel): Html {
  const words = c.get('words').today;
  const when = c.get('when');
  return table<Step>(
    caption,
    [
      { title: words.step, cell: ({ what, depth }) => html`<span class="step-${depth}">${what}</span>` },
      { title: words.mentors, numeric: true, cell: ({ n }) => when.number(n) },
    ],
    steps(c, of),
  );
}

function steps(c: ConsoleContext, { run, failures, deferred }: Funnel): Step[] {
  const words = c.get('words').today;
  const when = c.get('when');
  const some = (depth: Step['depth'], what: string, n: number): Step[] => (n > 0 ? [{ what, n, depth }] : []);
  const times = deferred ? `, ${words.deferredUntil(when.text(deferred.first), when.text(deferred.last))}` : '';
  return [
    { what: words.evaluated, n: run.mentors_evaluated, depth: 0 },
    ...some(1, words.misconfigured, run.mentors_misconfigured),
    { what: words.candidates, n: run.candidates, depth: 0 },
    ...byNumber(run.suppressed).map(([reason, n]): Step => ({
      what: reasonInWords(reason, c.get('language')),
      n,
      depth: 1,
    })),
    { what: words.claimed, n: run.claimed, depth: 0 },
    { what: words.sent, n: run.sent, depth: 1 },
    ...some(1, words.failed, run.failed),
    ...byNumber(failures).flatMap(([code, n]) => some(2, failureInWords(code, c.get('language')), n)),
    ...some(1, words.inDoubt, run.unknown),
    ...some(1, `${words.deferred}${times}`, run.deferred),
    ...some(1, words.withdrawn, run.withdrawn),
  ];
}

/** The most frequent first. */
function byNumber(counts: Readonly<Record<string, number | undefined>>): [string, number][] {
  return Object.entries(counts)
    .map(([key, n]): [string, number] => [key, n ?? 0])
    .sort(([, a], [, b]) => b - a);
}
