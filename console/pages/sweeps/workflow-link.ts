import { html } from 'hono/html';
import { workflowPage } from '../../../client/web-ui.ts';
import type { ConsoleContext } from '../../env.ts';
import type { Html } from '../../layout.ts';
import type { ConsoleServices } from '../../services.ts';

/** A workflow's id, which leads to its page where the address of the Web UI is known. */
export function workflowLink(c: ConsoleContext, { webUi, namespace }: ConsoleServices, workflowId: string): Html {
  const id = html`<span class="key">${workflowId}</span>`;
  if (webUi === null) return id;
  const where = c.get('words').sweeps.webUi;
  return html`<a href="${workflowPage(webUi, namespace, workflowId)}" rel="noreferrer" title="${where}">${id}</a>`;
}
