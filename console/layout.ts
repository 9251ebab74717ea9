import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { LANGUAGES } from '../domain/explanation/language.ts';
import type { ConsoleContext } from './env.ts';
import { navigationOf, type PageName } from './navigation.ts';
import type { Reader } from './reader.ts';

/** Made by `html` alone, which escapes what is put in. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

interface PageOptions {
  readonly title: string;
  /** @default 200 */
  readonly status?: ContentfulStatusCode;
  /** Which page of the navigation this is, or belongs to. */
  readonly current?: PageName;
}

/** A whole page around `body`, which begins below its heading. */
export async function page(
  c: ConsoleContext,
  { title, status = 200, current }: PageOptions,
  body: Html,
): Promise<Response> {
  const words = c.get('words').frame;
  const reader = c.get('reader') as Reader | undefined;
  return c.html(
    html`<!doctype html>
      <html lang="${c.get('language')}" data-timezone="${c.get('when').timezone}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>${title} – ${words.product}</title>
          <link rel="icon" type="image/svg+xml" href="/icon.svg" />
          <link rel="stylesheet" href="/style.css" />
          <script src="/enhance.js" defer></script>
        </head>
        <body>
          <a class="skip" href="#content">${words.skip}</a>
          <header class="top">
            <a class="product" href="/">${words.product}</a>
            ${reader && navigation(c, reader, current)}
            <div class="who">${languages(c)} ${reader && whoIsIt(c, reader)}</div>
          </header>
          ${await banner(c)}
          <main id="content">
            <h1>${title}</h1>
            ${body}
          </main>
          <footer><p>${words.times(c.get('when').timezone)}</p></footer>
        </body>
      </html>`,
    status,
  );
}

/**
 * A form that changes something, with the token that it is known by. `confirm`: a question that the script asks first; its
 * answer is `confirmed`, and whoever has no script is asked on a page.
 */
export function form(c: ConsoleContext, action: string, body: Html, { confirm }: { confirm?: string } = {}): Html {
  return html`<form method="post" action="${action}" ${confirm === undefined ? '' : html`data-confirm="${confirm}"`}>
    <input type="hidden" name="csrf" value="${c.get('csrf')}" />
    ${confirm === undefined ? '' : html`<input type="hidden" name="confirmed" value="" />`} ${body}
  </form>`;
}

export interface Column<Row> {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly numeric?: boolean;
  readonly cell: (row: Row) => unknown;
}

/** The first column names its row. On a narrow screen it scrolls by itself. */
export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const [first, ...others] = columns;
  const kind = ({ numeric }: Column<Row>) => (numeric ? 'numeric' : 'text');
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" class="${kind(column)}">${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${first && html`<th scope="row" class="${kind(first)}">${first.cell(row)}</th>`}
              ${others.map((column) => html`<td class="${kind(column)}">${column.cell(row)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  /** @default text */
  readonly type?: 'text' | 'email' | 'password' | 'number' | 'date' | 'search';
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly autocomplete?: string;
  /** What is expected, in words. */
  readonly hint?: string;
  /** What is wrong with what was given. */
  readonly fault?: string;
}

/** A label with its input, and what is said about it. */
export function field({
  name,
  label,
  value,
  type = 'text',
  required,
  maxLength,
  autocomplete,
  hint,
  fault,
}: Field): Html {
  const about = [...(hint ? [`${name}-hint`] : []), ...(fault ? [`${name}-fault`] : [])].join(' ');
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      ${value === undefined ? '' : html`value="${value}"`}
      ${maxLength === undefined ? '' : html`maxlength="${maxLength}"`}
      ${autocomplete === undefined ? '' : html`autocomplete="${autocomplete}"`}
      ${about === '' ? '' : html`aria-describedby="${about}"`}
      ${fault ? html`aria-invalid="true"` : ''}
      ${required ? 'required' : ''}
    />
    ${fault && html`<p class="fault" id="${name}-fault">${fault}</p>`}
  </div>`;
}

function navigation(c: ConsoleContext, reader: Reader, current: PageName | undefined): Html {
  const { navigation: label, pages } = c.get('words').frame;
  return html`<nav aria-label="${label}">
    <ul>
      ${navigationOf(reader).map(
        ({ name, href }) =>
          html`<li><a href="${href}" ${name === current ? html`aria-current="page"` : ''}>${pages[name]}</a></li>`,
      )}
    </ul>
  </nav>`;
}

/** The languages are named in themselves. */
function languages(c: ConsoleContext): Html {
  const { language, languages: names } = c.get('words').frame;
  const { pathname, search } = new URL(c.req.url);
  const back = c.req.method === 'GET' ? `${pathname}${search}` : '/';
  return html`<span class="languages" role="group" aria-label="${language}">
    ${LANGUAGES.map((each) =>
      each === c.get('language')
        ? html`<span lang="${each}" aria-current="true">${names[each]}</span>`
        : html`<a lang="${each}" hreflang="${each}" href="/language/${each}?back=${encodeURIComponent(back)}"
            >${names[each]}</a
          >`,
    )}
  </span>`;
}

function whoIsIt(c: ConsoleContext, reader: Reader): Html {
  const { operator, signOut } = c.get('words').frame;
  return html`<span>${reader.kind === 'operator' ? operator : (reader.email ?? reader.id)}</span>
    ${form(c, '/sign-out', html`<button class="quiet">${signOut}</button>`)}`;
}

async function banner(c: ConsoleContext): Promise<Html | null> {
  const { halt } = await c.get('notices')();
  if (!halt) return null;
  const words = c.get('words').frame;
  return html`<p class="banner" role="status">
    ${words.halted(c.get('when').text(halt.started_at), halt.note)} <a href="/sweeps#halt">${words.halts}</a>
  </p>`;
}
