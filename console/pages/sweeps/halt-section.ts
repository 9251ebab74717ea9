import { html } from 'hono/html';
import type { Halt } from '../../../db/halts.ts';
import type { ConsoleContext } from '../../env.ts';
import { field, form, type Html } from '../../layout.ts';

/** A note that does not say why. */
export interface NoteFault {
  readonly note: string;
}

/** To halt all sending, or to end the halt. */
export function haltSection(c: ConsoleContext, halt: Halt | null, fault: NoteFault | undefined): Html {
  const words = c.get('words').sweeps;
  return html`<section id="halt">
    <h2>${words.halt}</h2>
    ${
      halt
        ? html`<p>${words.haltedSince(c.get('when').text(halt.started_at), halt.note)}</p>
            ${form(
              c,
              '/sweeps/end-halt',
              html`<input type="hidden" name="started_at" value="${halt.started_at.toISOString()}" />
                <button>${words.endHalt}</button>`,
              { confirm: words.endHaltQuestion },
            )}`
        : html`<p class="hint">${words.haltAbout}</p>
            ${form(
              c,
              '/sweeps/halt',
              html`${field({
                  name: 'note',
                  label: words.note,
                  hint: words.noteHint,
                  required: true,
                  maxLength: 500,
                  ...(fault && { value: fault.note, fault: words.noteFault }),
                })} <button class="danger">${words.halt}</button>`,
              { confirm: words.haltQuestion },
            )}`
    }
  </section>`;
}
