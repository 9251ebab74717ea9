import { html } from 'hono/html';
import type { ConsoleContext } from '../../env.ts';
import { page, table, type Html } from '../../layout.ts';
import { differences, history, whoChanged } from './changes.ts';
import type { Place } from './read.ts';
import { readRule, valuesOf, type Faults, type Values } from './rule-form.ts';
import { ruleForm } from './rule-form-page.ts';
import { scopeTitle } from './scope.ts';

/** What stands above the form. */
export interface Notice {
  readonly kind: 'faults' | 'conflict' | 'busy' | 'may not' | 'saved' | 'deleted';
}

interface EditPage {
  readonly place: Place;
  /** As typed; null: as stored, or as it would begin. */
  readonly values: Values | null;
  readonly faults?: Faults;
  readonly notice?: Notice | null;
  readonly status?: 200 | 403 | 409 | 422 | 429;
}

/** A rule of one scope: its form, what stood in the way of saving it, and its history. */
export async function editPage(
  c: ConsoleContext,
  { place, values, faults = {}, notice, status = 200 }: EditPage,
): Promise<Response> {
  const words = c.get('words');
  const { type, scope, stored, wider, changes } = place;
  const widerTitle = wider && scopeTitle(wider.scope, words);
  const start = stored ?? wider?.rule ?? null;
  const typed = values ?? (start ? valuesOf(start) : {});
  // Saving again after a conflict replaces what the page shows by then; otherwise the form says what it was opened on.
  const seen = values === null || notice?.kind === 'conflict' ? stored : seenBefore(values);
  return page(
    c,
    { title: `${words.frame.scenarios[type]}: ${scopeTitle(scope, words)}`, status, current: 'rules' },
    html`<p><a href="/rules">${words.frame.pages.rules}</a></p>
      ${notice && above(c, place, typed, faults, notice)}
      ${!stored && widerTitle !== null && html`<p class="hint">${words.rules.newHint(widerTitle)}</p>`}
      ${(!scope.may_write || notice?.kind === 'may not') && html`<p class="notice">${words.rules.readOnly} ${c.get('reader').kind === 'operator' && words.rules.noRight}</p>`}
      ${
        start !== null || values !== null
          ? ruleForm(c, { type, scope, stored: seen, values: typed, faults, wider: widerTitle })
          : null
      }
      ${history(c, changes)}`,
  );
}

function seenBefore({ id, version }: Values): { id: string; version: string } | null {
  return id && version ? { id, version } : null;
}

function above(c: ConsoleContext, place: Place, typed: Values, faults: Faults, { kind }: Notice): Html | null {
  const words = c.get('words').rules;
  switch (kind) {
    case 'saved':
      return html`<p class="notice" role="status">${words.saved}</p>`;
    case 'deleted':
      return html`<p class="notice" role="status">${words.deletedNote}</p>`;
    case 'busy':
      return html`<p class="notice" role="alert">${words.preview.busy}</p>`;
    case 'faults':
      return html`<p class="notice fault" role="alert">${words.faults.summary(Object.keys(faults).length)}</p>`;
    case 'conflict':
      return conflict(c, place, typed);
    case 'may not':
      return null;
  }
}

/** The second of two who save at once is shown what the first has saved, beside what they typed themselves. */
function conflict(c: ConsoleContext, place: Place, typed: Values): Html {
  const words = c.get('words');
  const { conflict: say } = words.rules;
  const [latest] = place.changes;
  const said = latest
    ? say.changed(whoChanged(latest, c.get('reader'), words), c.get('when').text(latest.at))
    : say.unknown;
  const { rule } = readRule(place.type, place.scope, typed, words);
  const apart = place.stored ? differences({ ...place.stored }, { ...rule }, c) : [];
  return html`<section class="notice" role="alert" aria-labelledby="conflict">
    <h2 id="conflict">${say.what}</h2>
    <p>${place.stored ? said : say.gone}</p>
    ${
      apart.length > 0 &&
      table<[string, string, string]>(
        say.what,
        [
          { title: say.field, cell: ([field]) => field },
          { title: say.theirs, cell: ([, theirs]) => theirs },
          { title: say.yours, cell: ([, , yours]) => yours },
        ],
        apart,
      )
    }
    <p>${say.again}</p>
  </section>`;
}
