import type { FloorOfAudience, SweepOfAudience } from '../measurement.ts';
import type { Result } from '../results.ts';

/** Specifications for vega-lite, by the name of the file. A plot without data is left out. */
export function plots(results: readonly Result[]): Record<string, object> {
  const sweeps = results.filter((result) => result.kind === 'sweep');
  const drawn = {
    phases: phases(sweeps),
    workers: workers(sweeps),
    floor: floor(results.filter((result) => result.kind === 'floor')),
  };
  return Object.fromEntries(Object.entries(drawn).filter(([, spec]) => spec !== null)) as Record<string, object>;
}

const BASE = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  background: 'white',
  padding: 12,
  config: {
    font: 'sans-serif',
    axis: { labelFontSize: 11, titleFontSize: 12, gridColor: '#e8e8e8' },
    header: { labelFontSize: 12 },
    view: { stroke: null },
  },
};

const PHASES = [
  ['planSweep', 'planning'],
  ['evaluateBatch', 'evaluation and claim'],
  ['dispatchBatch', 'dispatch and record'],
  ['countSweep', 'counting'],
] as const;

/** Where the seconds of a sweep go, by size of the audience. */
function phases(sweeps: readonly SweepOfAudience[]): object | null {
  const ofOneWorker = sweeps.filter((each) => each.workers === 1);
  const values = ofOneWorker.flatMap(({ mentors, due_percent, start, sweep }) => {
    const audience = nameOf(mentors, due_percent);
    return [
      ...PHASES.map(([type, phase]) => ({
        mentors,
        audience,
        start,
        phase,
        seconds: (sweep.activities.by_type[type]?.busy_ms ?? 0) / 1_000,
      })),
      { mentors, audience, start, phase: 'Temporal: no activity running', seconds: sweep.activities.none_ms / 1_000 },
      { mentors, audience, start, phase: 'the whole sweep, wall', seconds: sweep.wall_ms / 1_000 },
    ];
  });
  const order = [...PHASES.map(([, phase]) => phase), 'Temporal: no activity running', 'the whole sweep, wall'];
  return facetedBars(values, {
    title: ['Seconds by phase, one worker', 'batches overlap: a phase is the sum over all that ran at once'],
    y: { field: 'phase', type: 'nominal', sort: order, title: null, axis: { labelLimit: 400 } },
    x: { field: 'seconds', type: 'quantitative', title: 'seconds' },
    color: {
      field: 'start',
      type: 'nominal',
      title: 'server',
      sort: ['cold', 'warm'],
      scale: { domain: ['cold', 'warm'], range: ['#4c78a8', '#f58518'] },
    },
    label: '.2f',
  });
}

/** What more workers change. */
function workers(sweeps: readonly SweepOfAudience[]): object | null {
  const values = sweeps
    .filter(({ start }) => start === 'warm')
    .map(({ mentors, due_percent, workers: count, sweep }) => ({
      mentors,
      audience: nameOf(mentors, due_percent),
      workers: count,
      seconds: sweep.wall_ms / 1_000,
    }));
  const curves = new Set(values.filter(({ workers: count }) => count > 1).map(({ audience }) => audience));
  const shown = values.filter(({ audience }) => curves.has(audience));
  if (shown.length === 0) return null;
  return {
    ...BASE,
    title: { text: 'Seconds of a warm sweep by number of worker processes', anchor: 'start' },
    data: { values: shown },
    facet: { column: { field: 'audience', type: 'nominal', title: null, sort: bySize(shown) } },
    spec: {
      width: 190,
      height: 200,
      encoding: {
        x: { field: 'workers', type: 'ordinal', title: 'workers', axis: { labelAngle: 0 } },
        y: { field: 'seconds', type: 'quantitative', title: 'seconds', scale: { zero: true } },
      },
      layer: [
        { mark: { type: 'line', point: true, color: '#4c78a8' } },
        {
          mark: { type: 'text', dy: -10, fontSize: 11 },
          encoding: { text: { field: 'seconds', type: 'quantitative', format: '.2f' } },
        },
      ],
    },
    resolve: { scale: { y: 'independent' } },
  };
}

/** How far above the bare statements a sweep is. */
function floor(floors: readonly FloorOfAudience[]): object | null {
  const values = floors.flatMap(({ mentors, due_percent, ratios }) =>
    ratios === null
      ? []
      : [
          { phase: 'evaluation and claim', ratio: ratios.evaluation },
          { phase: 'dispatch and record, sending included', ratio: ratios.dispatch },
          { phase: 'in all, wall', ratio: ratios.in_all },
        ].map((each) => ({ ...each, mentors, audience: nameOf(mentors, due_percent) })),
  );
  return facetedBars(values, {
    title: ['A warm sweep against the same statements run bare by psql', '1 = as fast as the statements alone'],
    y: { field: 'phase', type: 'nominal', sort: null, title: null, axis: { labelLimit: 400 } },
    x: { field: 'ratio', type: 'quantitative', title: 'times as long' },
    label: '.2f',
    rule: 1,
  });
}

interface Bars {
  readonly title: readonly [string, string];
  readonly y: { readonly field: string } & Record<string, unknown>;
  readonly x: { readonly field: string } & Record<string, unknown>;
  readonly color?: { readonly field: string } & Record<string, unknown>;
  readonly label: string;
  readonly rule?: number;
}

/** Horizontal bars with their values, a row for each audience. */
function facetedBars(
  values: readonly { mentors: number; audience: string }[],
  { title, y, x, color, label, rule }: Bars,
): object | null {
  if (values.length === 0) return null;
  const offset = color && { yOffset: { field: color.field, sort: color['sort'] } };
  return {
    ...BASE,
    title: { text: title[0], subtitle: title[1], anchor: 'start' },
    data: { values },
    facet: {
      row: {
        field: 'audience',
        type: 'nominal',
        title: null,
        sort: bySize(values),
        header: { labelAngle: 0, labelAnchor: 'start', labelOrient: 'top' },
      },
    },
    spec: {
      width: 460,
      height: { step: color ? 13 : 22 },
      layer: [
        { mark: { type: 'bar', color: '#4c78a8' }, encoding: { y, x, ...(color && { color }), ...offset } },
        {
          mark: { type: 'text', align: 'left', dx: 4, fontSize: 10 },
          encoding: { y, x, ...offset, text: { field: x.field, type: 'quantitative', format: label } },
        },
        ...(rule === undefined
          ? []
          : [{ mark: { type: 'rule', strokeDash: [4, 3], color: '#444' }, encoding: { x: { datum: rule } } }]),
      ],
    },
    resolve: { scale: { x: 'independent' } },
  };
}

function bySize(values: readonly { mentors: number; audience: string }[]): string[] {
  return [
    ...new Set(
      values
        .toSorted((a, b) => a.mentors - b.mentors || a.audience.length - b.audience.length)
        .map(({ audience }) => audience),
    ),
  ];
}

function nameOf(mentors: number, duePercent: number): string {
  return `${mentors.toLocaleString('en-US')} mentors, ${duePercent} % due`;
}
