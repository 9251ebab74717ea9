import type { Run } from '../../../db/list-runs.ts';
import type { ConsoleContext } from '../../env.ts';
import { table, type Html } from '../../layout.ts';

/** What a sweep did for each of its scenario types. */
export function runsTable(c: ConsoleContext, caption: string, runs: readonly Run[]): Html {
  const { sweeps: words, today, frame } = c.get('words');
  const when = c.get('when');
  const count = (title: string, of: (run: Run) => number) => ({
    title,
    numeric: true,
    cell: (run: Run) => when.number(of(run)),
  });
  return table(
    caption,
    [
      { title: words.scenario, cell: ({ scenario_type }: Run) => frame.scenarios[scenario_type] },
      { title: words.state, cell: ({ state }: Run) => today.state[state] },
      count(words.evaluated, (run) => run.mentors_evaluated),
      count(words.candidates, (run) => run.candidates),
      count(words.suppressed, ({ suppressed }) => Object.values(suppressed).reduce((sum, n) => sum + n, 0)),
      count(words.claimed, (run) => run.claimed),
      count(words.sent, (run) => run.sent),
      count(words.failed, (run) => run.failed),
      count(words.inDoubt, (run) => run.unknown),
      count(words.deferred, (run) => run.deferred),
      count(words.withdrawn, (run) => run.withdrawn),
    ],
    runs,
  );
}
