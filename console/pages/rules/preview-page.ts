import { html } from 'hono/html';
import type { RulePreview } from '../../../answers/rule-preview.ts';
import type { Difference } from '../../../answers/rule-comparison.ts';
import { SECOND } from '../../../domain/durations.ts';
import type { ConsoleContext } from '../../env.ts';
import { form, table, type Html } from '../../layout.ts';
import type { PreviewJob } from './previews.ts';

/** Seconds. */
export const LOOK_AGAIN_AFTER = 2;

/** What a comparison has found, or how far it is: refreshed by the script, or by hand. */
export function previewRegion(c: ConsoleContext, job: PreviewJob): Html {
  const isRunning = job.state === 'running';
  return html`<section
    id="preview"
    aria-labelledby="preview-title"
    ${isRunning ? html`data-refresh="${LOOK_AGAIN_AFTER}"` : ''}
  >
    <h2 id="preview-title">${c.get('words').rules.preview.title}</h2>
    ${isRunning ? progress(c, job) : html`<div role="status">${outcome(c, job)}</div>`}
  </section>`;
}

function progress(c: ConsoleContext, job: PreviewJob): Html {
  const words = c.get('words').rules.preview;
  const number = (n: number) => c.get('when').number(n);
  const seconds = Math.round((performance.now() - job.began) / SECOND);
  return html`<p>${words.running(number(seconds))}</p>
    ${
      job.total > 1 &&
      html`<p>
        <progress max="${job.total}" value="${job.done}" aria-labelledby="preview-title"></progress>
        ${words.parts(number(job.done), number(job.total))}
      </p>`
    }
    <p><a href="/rules/previews/${job.id}">${words.reload}</a></p>
    ${form(c, `/rules/previews/${job.id}/give-up`, html`<button class="quiet">${words.giveUp}</button>`)}`;
}

function outcome(c: ConsoleContext, { state, result, asOf }: PreviewJob): Html {
  const words = c.get('words').rules.preview;
  if (state === 'given up') return html`<p>${words.givenUp}</p>`;
  if (state === 'too long') return html`<p class="warn">${words.tooLong}</p>`;
  if (!result) return html`<p class="fault">${words.failed}</p>`;
  const number = (n: number) => c.get('when').number(n);
  const { sendNow, sendThen, added, dropped, mentors, misconfigured, people } = result;
  return html`<p>
      <strong>${words.summary(number(sendNow), number(sendThen), number(added), number(dropped))}</strong>
    </p>
    <p>${words.asOf(c.get('when').text(asOf), number(mentors))}</p>
    ${misconfigured > 0 && html`<p class="warn">${words.misconfigured(number(misconfigured))}</p>`}
    ${added + dropped === 0 && html`<p>${words.none}</p>`} ${list(c, words.added, people.added, added)}
    ${list(c, words.dropped, people.dropped, dropped)}
    <p>${words.notSaved}</p>`;
}

function list(c: ConsoleContext, caption: string, people: RulePreview['people']['added'], all: number): Html | null {
  if (people.length === 0) return null;
  const words = c.get('words').rules.preview;
  const hasAbout = people.some(({ occurrence }) => occurrence !== '');
  return html`${table<Difference>(
    `${caption}: ${c.get('when').number(all)}`,
    [
      { title: words.mentor, cell: ({ user_id }) => html`<a href="/mentors/${user_id}">${user_id}</a>` },
      ...(hasAbout ? [{ title: words.about, cell: ({ occurrence }: Difference) => occurrence }] : []),
    ],
    people,
  )}
  ${all > people.length && html`<p>${words.more(c.get('when').number(all - people.length))}</p>`}`;
}
