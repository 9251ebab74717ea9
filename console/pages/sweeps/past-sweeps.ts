import { html } from 'hono/html';
import type { Sweep } from '../../../answers/sweeps.ts';
import type { ConsoleContext } from '../../env.ts';
import type { Html } from '../../layout.ts';
import type { ConsoleServices } from '../../services.ts';
import { runsTable } from './runs-table.ts';
import { workflowLink } from './workflow-link.ts';

/** Sweeps that have ended, the latest first; each opens to its counts. */
export function pastSweeps(c: ConsoleContext, services: ConsoleServices, sweeps: readonly Sweep[]): Html {
  const { sweeps: words, today, frame } = c.get('words');
  const when = c.get('when');
  return html`<section>
    <h2>${words.past}</h2>
    ${sweeps.length === 0 ? html`<p>${words.noneEver}</p>` : ''}
    ${sweeps.map(
      (sweep) =>
        html`<details class="card">
          <summary>
            ${when.at(sweep.startedAt)} · ${sweep.runs.map((run) => frame.scenarios[run.scenario_type]).join(', ')} ·
            ${words.sent.toLowerCase()} ${when.number(sweep.runs.reduce((sum, { sent }) => sum + sent, 0))}
            <span class="badge">${today.state[sweep.state]}</span>
          </summary>
          <p>
            ${workflowLink(c, services, sweep.workflowId)}, ${words.asOf.toLowerCase()} ${when.at(sweep.asOf)},
            ${words.ended.toLowerCase()} ${when.at(sweep.finishedAt!)}
          </p>
          ${runsTable(c, sweep.workflowId, sweep.runs)}
        </details>`,
    )}
  </section>`;
}
