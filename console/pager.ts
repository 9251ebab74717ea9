import { html } from 'hono/html';
import type { ConsoleContext } from './env.ts';
import type { Html } from './layout.ts';

/** Rows of a page of any list. */
export const ROWS = 50;

/** One more row than a page has says that there is another page. */
export function firstOf<Row>(rows: readonly Row[]): { readonly shown: readonly Row[]; readonly last: Row | null } {
  const shown = rows.slice(0, ROWS);
  return { shown, last: rows.length > ROWS ? shown.at(-1)! : null };
}

/** Links to the next page and back to the first; nothing where everything stands on one. */
export function pager(
  c: ConsoleContext,
  parameters: Readonly<Record<string, string>>,
  after: string | null,
): Html | '' {
  const words = c.get('words').frame.pager;
  const { pathname, searchParams } = new URL(c.req.url);
  const isFirst = !searchParams.has('after');
  if (isFirst && after === null) return '';
  const address = (more: Readonly<Record<string, string>>) => {
    const query = new URLSearchParams({ ...parameters, ...more }).toString();
    return query === '' ? pathname : `${pathname}?${query}`;
  };
  return html`<nav class="actions" aria-label="${words.label}">
    ${isFirst ? '' : html`<a href="${address({})}">${words.first}</a>`}
    ${after === null ? '' : html`<a rel="next" href="${address({ after })}">${words.next}</a>`}
  </nav>`;
}

/** Parts of one page, each with an address of its own. */
export function tabs(
  label: string,
  parts: readonly { readonly title: string; readonly href: string; readonly current: boolean }[],
): Html {
  return html`<nav class="tabs" aria-label="${label}">
    <ul>
      ${parts.map(
        ({ title, href, current }) =>
          html`<li><a href="${href}" ${current ? html`aria-current="page"` : ''}>${title}</a></li>`,
      )}
    </ul>
  </nav>`;
}
