import { html } from 'hono/html';
import type { ConsoleContext } from '../env.ts';
import { form, page, type Html } from '../layout.ts';
import type { PageName } from '../navigation.ts';

export interface Asked {
  /** What it would do: the heading, and the button that does it. */
  readonly title: string;
  readonly current: PageName;
  /** Where the form leads, and the button that changes nothing. */
  readonly action: string;
  readonly back: { readonly href: string; readonly label: string };
  /** What the form carries, as it was asked. */
  readonly fields: Readonly<Record<string, string>>;
  readonly question: Html | string;
  readonly isDanger?: boolean;
}

/** Asks once more; works without a script. The answer has `confirmed`. */
export function askPage(c: ConsoleContext, asked: Asked): Promise<Response> {
  const { title, current, action, back, fields, question, isDanger = false } = asked;
  return page(
    c,
    { title, current },
    html`<p>${question}</p>
      ${form(
        c,
        action,
        html`<input type="hidden" name="confirmed" value="yes" />
          ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
          <div class="actions">
            <button class="${isDanger ? 'danger' : ''}">${title}</button>
            <a href="${back.href}">${back.label}</a>
          </div>`,
      )}`,
  );
}
