import { html } from 'hono/html';
import type { Html } from '../../layout.ts';

interface Control {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly fault?: string | undefined;
}

export interface Option {
  readonly value: string;
  readonly text: string;
}

/** One of several. */
export function select({ value, options, ...control }: Control & { value: string; options: readonly Option[] }): Html {
  return around(
    control,
    html`<select id="${control.name}" name="${control.name}" ${about(control)}>
      ${options.map(
        (each) => html`<option value="${each.value}" ${each.value === value ? 'selected' : ''}>${each.text}</option>`,
      )}
    </select>`,
  );
}

/** Several lines. */
export function textArea({ value, lang, ...control }: Control & { value: string; lang: string }): Html {
  // A browser takes away the first line's end.
  const { name } = control;
  return around(
    control,
    html`<textarea id="${name}" name="${name}" rows="3" lang="${lang}" ${about(control)}>${`\n${value}`}</textarea>`,
  );
}

export function checkbox({ checked, ...control }: Control & { checked: boolean }): Html {
  const { name, label, hint, fault } = control;
  return html`<div class="field">
    <label class="check">
      <input type="checkbox" id="${name}" name="${name}" ${checked ? 'checked' : ''} ${about(control)} /> ${label}
    </label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${fault && html`<p class="fault" id="${name}-fault">${fault}</p>`}
  </div>`;
}

export function hidden(fields: Readonly<Record<string, string | null>>): Html {
  return html`${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value ?? ''}" />`,
  )}`;
}

function around({ name, label, hint, fault }: Control, control: Html): Html {
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`} ${control}
    ${fault && html`<p class="fault" id="${name}-fault">${fault}</p>`}
  </div>`;
}

function about({ name, hint, fault }: Control): Html {
  const ids = [...(hint ? [`${name}-hint`] : []), ...(fault ? [`${name}-fault`] : [])].join(' ');
  return html`${ids ? html`aria-describedby="${ids}"` : ''} ${fault ? html`aria-invalid="true"` : ''}`;
}
