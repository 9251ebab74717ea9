import { getCookie } from 'hono/cookie';
import { html } from 'hono/html';
import type { RulePreview } from '../../../answers/rule-preview.ts';
import type { Difference } from '../../../answers/rule-comparison.ts';
import { SECOND } from '../../../domain/durations.ts';
import type { ConsoleContext } from '../../env.ts';
import { form, page, table, type Html } from '../../layout.ts';
import { TIMEZONE_COOKIE } from '../../reader-clock.ts';
import { hidden } from './controls.ts';
import type { PreviewJob } from './previews.ts';
import type { Place } from './read.ts';
import { ruleForm } from './rule-form-page.ts';
import { editAddress, scopeTitle } from './scope.ts';

/** Seconds. */
const LOOK_AGAIN_AFTER = 2;

/** What a rule would change, or how far the comparison is, above the form that it was asked with. */
export async function previewPage(c: ConsoleContext, job: PreviewJob, place: Place): Promise<Response> {
  const words = c.get('words');
  const { type, scope, wider } = place;
  const { id = '', version = '', scope: scopeName = '', operator = '' } = job.values;
  const widerTitle = wider && scopeTitle(wider.scope, words);
  // A browser that runs the script asks by itself, and keeps what is being typed.
  if (job.state === 'running' && !getCookie(c, TIMEZONE_COOKIE)) c.header('refresh', String(LOOK_AGAIN_AFTER));
  const change = job.deletes
    ? form(
        c,
        '/rules/edit',
        html`${hidden({ type, scope: scopeName, id, version, operator })}
          <p class="hint">${widerTitle !== null && words.rules.removeHint(widerTitle)}</p>
          <p class="actions">
            <button class="danger" name="action" value="delete">${words.rules.removeNow}</button>
          </p>`,
      )
    : ruleForm(c, {
        type,
        scope,
        stored: id && version ? { id, version } : null,
        values: job.values,
        faults: {},
        wider: widerTitle,
      });
  return page(
    c,
    { title: `${words.frame.scenarios[type]}: ${scopeTitle(scope, words)}`, current: 'rules' },
    html`<p><a href="${editAddress(type, scope)}">${words.frame.pages.rules}</a></p>
      ${region(c, job)} ${change}`,
  );
}

/** Refreshed by the script, or by hand. */
function region(c: ConsoleContext, job: PreviewJob): Html {
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
