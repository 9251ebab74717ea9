import { html } from 'hono/html';
import { shownDays } from '../../../answers/today.ts';
import { SCENARIO_TYPES, type ScenarioType } from '../../../domain/scenarios/registry.ts';
import type { ConsoleContext } from '../../env.ts';
import { table, type Html } from '../../layout.ts';
import { bars, legend } from '../../plot.ts';

/** So many on a local date. */
interface OnDay {
  readonly day: string;
  readonly scenario_type: ScenarioType;
  readonly n: number;
}

/** Thirty days as bars, and as a table for whoever cannot see them, or wants to know exactly. */
export function thirtyDayPlot(c: ConsoleContext, counts: readonly OnDay[], now: Date): Html {
  const { today: words, frame } = c.get('words');
  const when = c.get('when');
  const rows = shownDays(now, when.timezone).map((day) => {
    const values = SCENARIO_TYPES.map((type) =>
      counts.filter((each) => each.day === day && each.scenario_type === type).reduce((sum, { n }) => sum + n, 0),
    );
    return { day, values, total: values.reduce((a, b) => a + b, 0) };
  });
  const most = Math.max(...rows.map(({ total }) => total));
  return html`${bars(rows.map(({ day, values, total }) => ({ title: `${when.date(day)}: ${when.number(total)}`, values })))}
    <p class="hint axis">
      <span>${when.date(rows[0]!.day)}</span> <span>${words.plotMost(when.number(most))}</span>
      <span>${when.date(rows.at(-1)!.day)}</span>
    </p>
    ${legend(SCENARIO_TYPES.map((type) => frame.scenarios[type]))}
    <details>
      <summary>${words.asTable}</summary>
      ${table(
        words.plot,
        [
          { title: words.day, cell: ({ day }) => when.date(day) },
          ...SCENARIO_TYPES.map((type, i) => ({
            title: frame.scenarios[type],
            numeric: true,
            cell: ({ values }: (typeof rows)[number]) => when.number(values[i]!),
          })),
          { title: words.total, numeric: true, cell: ({ total }) => when.number(total) },
        ],
        rows.filter(({ total }) => total > 0).toReversed(),
      )}
    </details>`;
}
