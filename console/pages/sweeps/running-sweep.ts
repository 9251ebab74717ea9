import { html } from 'hono/html';
import type { LiveProgress } from '../../../answers/live-progress.ts';
import type { Sweep } from '../../../answers/sweeps.ts';
import type { SweepSignal } from '../../../client/sweep-control.ts';
import type { Run } from '../../../db/list-runs.ts';
import type { ConsoleContext } from '../../env.ts';
import { form, type Html } from '../../layout.ts';
import type { ConsoleServices } from '../../services.ts';
import { brakedText, namesOf } from './control.ts';
import { runsTable } from './runs-table.ts';
import { workflowLink } from './workflow-link.ts';

export interface Running {
  readonly sweep: Sweep;
  /** Null: no worker says how far it is. */
  readonly progress: LiveProgress | null;
}

/** A sweep that has not ended: how far it is, and what can be done about it. */
export function runningSweep(c: ConsoleContext, services: ConsoleServices, { sweep, progress }: Running): Html {
  const { sweeps: words, today } = c.get('words');
  const when = c.get('when');
  const state = progress ? words.progress[progress.state] : today.state[sweep.state];
  return html`<article class="card">
    <h3>${workflowLink(c, services, sweep.workflowId)} <span class="badge">${state}</span></h3>
    <p class="hint">${words.started} ${when.at(sweep.startedAt)}, ${words.asOf.toLowerCase()} ${when.at(sweep.asOf)}</p>
    ${progress ? batches(c, progress) : html`<p class="hint">${words.silent}</p>`}
    ${runsTable(c, sweep.workflowId, sweep.runs)} ${brakes(c, sweep, progress)}
    <div class="actions">
      ${
        progress?.state === 'paused'
          ? control(c, sweep, 'resume', { label: words.resume })
          : control(c, sweep, 'pause', { label: words.pause })
      }
      ${control(c, sweep, 'stop', { label: words.stop, confirm: words.stopQuestion, isDanger: true })}
    </div>
  </article>`;
}

function batches(c: ConsoleContext, { planned, done, failed, in_flight, share }: LiveProgress): Html {
  const words = c.get('words').sweeps;
  const when = c.get('when');
  const text = words.batches(when.number(done), when.number(planned), when.number(in_flight));
  return html`<p>
    <progress max="1" value="${share}" aria-label="${text}"></progress> ${text}${
      failed > 0 ? `, ${words.batchesFailed(when.number(failed))}` : ''
    }
  </p>`;
}

/** What waits for an answer, with both answers. */
function brakes(c: ConsoleContext, sweep: Sweep, progress: LiveProgress | null): Html {
  const { sweeps: words } = c.get('words');
  const braked = sweep.runs.filter(({ state }) => state === 'braked');
  if (braked.length === 0) return html``;
  return html`<div class="notice">
    ${braked.map((run) => {
      const until = progress?.braked?.[run.scenario_type]?.until;
      return html`<p>${brakedText(c, run)} ${until && words.brakedUntil(c.get('when').text(until))}</p>`;
    })}
    <div class="actions">
      ${control(c, sweep, 'resume', { label: words.send, confirm: words.sendQuestion, braked })}
      ${control(c, sweep, 'stop', { label: words.withdraw, confirm: words.stopQuestion, isDanger: true })}
    </div>
  </div>`;
}

interface Control {
  readonly label: string;
  readonly confirm?: string;
  readonly isDanger?: boolean;
  /** What the question is about. */
  readonly braked?: readonly Run[];
}

function control(
  c: ConsoleContext,
  { workflowId }: Sweep,
  signal: SweepSignal,
  { label, confirm, isDanger = false, braked }: Control,
): Html {
  return form(
    c,
    '/sweeps/control',
    html`<input type="hidden" name="workflow_id" value="${workflowId}" />
      <input type="hidden" name="signal" value="${signal}" />
      ${braked ? html`<input type="hidden" name="braked" value="${namesOf(braked)}" />` : ''}
      <button class="${isDanger ? 'danger' : ''}">${label}</button>`,
    confirm === undefined ? {} : { confirm },
  );
}
