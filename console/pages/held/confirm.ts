import { html } from 'hono/html';
import type { Decision, WhichHeld } from '../../../db/held.ts';
import { LONGEST_DECISION_NOTE } from '../../../domain/decision-note.ts';
import type { ConsoleContext } from '../../env.ts';
import { field, form, page, type Html } from '../../layout.ts';

/** What is to be decided, and how. */
export interface Question {
  readonly decision: Decision;
  /** Null: all that are held, of the kind. */
  readonly keys: readonly string[] | null;
  readonly which: WhichHeld;
  readonly note: string | null;
}

const SHOWN = 10;

/** Asks once more, with how many it is about; works without a script. `fault`: of the note. */
export function confirmPage(c: ConsoleContext, question: Question, n: number, fault?: 'note'): Promise<Response> {
  const { held: words, frame } = c.get('words');
  const { decision, which, note } = question;
  const scenario = which.scenarioTypes?.[0];
  return page(
    c,
    { title: words.confirm[decision], current: 'held', ...(fault && { status: 400 as const }) },
    html`<p>
        ${words.about(c.get('when').number(n))} ${decision === 'settle' ? words.settleAbout : words.releaseAbout}
      </p>
      ${scenario ? html`<p>${words.what}: ${frame.scenarios[scenario]}</p>` : ''} ${keys(c, question)}
      ${form(
        c,
        '/held/decide',
        html`${hidden(question, n)}
          ${field({
            name: 'note',
            label: words.note,
            hint: words.noteHint,
            maxLength: LONGEST_DECISION_NOTE,
            autocomplete: 'off',
            ...(note !== null && { value: note }),
            ...(fault && { fault: words.noteFault }),
          })}
          <div class="actions">
            <button class="${decision === 'release' ? 'danger' : ''}">${words.yes[decision]}</button>
            <a href="/held">${words.back}</a>
          </div>`,
      )}`,
  );
}

function keys(c: ConsoleContext, { keys: chosen }: Question): Html | '' {
  if (!chosen) return '';
  const left = chosen.length - SHOWN;
  return html`<ul>
    ${chosen.slice(0, SHOWN).map((key) => html`<li class="key">${key}</li>`)}
    ${left > 0 ? html`<li>${c.get('words').held.further(c.get('when').number(left))}</li>` : ''}
  </ul>`;
}

function hidden({ decision, keys: chosen, which }: Question, n: number): Html {
  return html`<input type="hidden" name="decision" value="${decision}" />
    <input type="hidden" name="which" value="${chosen ? 'chosen' : 'all'}" />
    <input type="hidden" name="scenario" value="${which.scenarioTypes?.[0] ?? ''}" />
    ${
      chosen
        ? ''
        : html`<input type="hidden" name="until" value="${which.until?.toISOString() ?? ''}" />
            <input type="hidden" name="n" value="${n}" />`
    }
    ${chosen?.map((key) => html`<input type="hidden" name="key" value="${key}" />`)}`;
}
