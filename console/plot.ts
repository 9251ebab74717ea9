import { html } from 'hono/html';
import type { Html } from './layout.ts';

interface Bar {
  /** What the bar is called, also by whoever cannot see it. */
  readonly title: string;
  /** From the bottom up; each has the class `series-<n>`. */
  readonly values: readonly number[];
}

const WIDTH = 600;
const HEIGHT = 140;
const GAP = 3;

/** Stacked bars. What they say stands in a table beside them, so they are left out for whoever hears the page. */
export function bars(all: readonly Bar[]): Html {
  const most = Math.max(1, ...all.map(({ values }) => sum(values)));
  const width = WIDTH / all.length;
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
    ${all.map(({ title, values }, i) => {
      let top = HEIGHT;
      return html`<g>
        <title>${title}</title>
        ${values.map((value, series) => {
          if (value === 0) return '';
          const height = (value / most) * HEIGHT;
          top -= height;
          return html`<rect
            class="series-${series}"
            x="${round(i * width)}"
            y="${round(top)}"
            width="${round(width - GAP)}"
            height="${round(height)}"
          ></rect>`;
        })}
      </g>`;
    })}
  </svg>`;
}

/** What each colour stands for. */
export function legend(names: readonly string[]): Html {
  return html`<ul class="legend">
    ${names.map(
      (name, series) =>
        html`<li>
          <svg viewBox="0 0 1 1" aria-hidden="true"><rect class="series-${series}" width="1" height="1"></rect></svg>
          ${name}
        </li>`,
    )}
  </ul>`;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function round(n: number): string {
  return n.toFixed(1);
}
