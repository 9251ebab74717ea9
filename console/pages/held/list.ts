import { html } from 'hono/html';
import type { HeldNotification, NotedDecision, WhichHeld } from '../../../db/held.ts';
import { failureInWords } from '../../../domain/explanation/reasons.ts';
import { SCENARIO_TYPES } from '../../../domain/scenarios/registry.ts';
import type { ConsoleContext } from '../../env.ts';
import { form, page, table, type Html } from '../../layout.ts';
import { firstOf, pager } from '../../pager.ts';
import { mentorLink } from '../../mentor-link.ts';

interface Found {
  readonly held: readonly HeldNotification[];
  readonly total: number;
  readonly which: WhichHeld;
  readonly noted: readonly NotedDecision[];
}

export function heldList(c: ConsoleContext, { held, total, which, noted }: Found): Promise<Response> {
  const { held: words, frame } = c.get('words');
  const { shown, last } = firstOf(held);
  const scenario = which.scenarioTypes?.[0] ?? '';
  const place = last && `${last.held_at.toISOString()} ${last.idempotency_key}`;
  const isBeyond = c.req.query('after') !== undefined;
  return page(
    c,
    { title: frame.pages.held, current: 'held' },
    html`${outcome(c)}
      <p>${words.lead}</p>
      ${filter(c, scenario)}
      ${
        shown.length === 0
          ? html`<p>${isBeyond ? words.noneThere : words.none}</p>`
          : html`<p>${words.total(c.get('when').number(total))}</p>
              ${form(
                c,
                '/held/confirm',
                html`<input type="hidden" name="scenario" value="${scenario}" /> ${rows(c, shown)}
                  ${decisions(c, total)}`,
              )}`
      }
      ${pager(c, scenario ? { scenario } : {}, place)} ${noted.length > 0 ? notes(c, noted) : ''}`,
  );
}

function outcome(c: ConsoleContext): Html | '' {
  const words = c.get('words').held;
  const { done = '', n = '', left = '' } = c.req.query();
  if (done === 'nothing') return html`<p class="notice" role="status">${words.nothingChosen}</p>`;
  if (!Object.hasOwn(words.done, done) || !/^\d{1,9}$/.test(n)) return '';
  const number = (text: string) => c.get('when').number(Number(text));
  return html`<p class="notice" role="status">
    ${words.done[done as keyof typeof words.done](number(n))}
    ${/^[1-9]\d{0,8}$/.test(left) ? words.left(number(left)) : ''}
  </p>`;
}

function filter(c: ConsoleContext, scenario: string): Html {
  const { held: words, frame } = c.get('words');
  return html`<form method="get" action="/held">
    <div class="field">
      <label for="scenario">${words.filter}</label>
      <select id="scenario" name="scenario">
        <option value="">${words.any}</option>
        ${SCENARIO_TYPES.map(
          (type) =>
            html`<option value="${type}" ${type === scenario ? 'selected' : ''}>${frame.scenarios[type]}</option>`,
        )}
      </select>
    </div>
    <button class="quiet">${words.show}</button>
  </form>`;
}

function rows(c: ConsoleContext, shown: readonly HeldNotification[]): Html {
  const { held: words, frame } = c.get('words');
  const when = c.get('when');
  return table<HeldNotification>(
    frame.pages.held,
    [
      { title: words.mentor, cell: (row) => mentorLink(row.user_id) },
      {
        title: words.choose,
        cell: (row) =>
          html`<input
            type="checkbox"
            name="key"
            value="${row.idempotency_key}"
            aria-label="${words.chooseOne(row.user_id)}"
          />`,
      },
      {
        title: words.what,
        cell: (row) => html`${frame.scenarios[row.scenario_type]} <span class="key">${row.occurrence}</span>`,
      },
      { title: words.since, cell: (row) => when.at(row.held_at) },
      { title: words.attempts, numeric: true, cell: (row) => when.number(row.attempts) },
      { title: words.last, cell: (row) => (row.last_attempt_at ? when.at(row.last_attempt_at) : '–') },
      { title: words.why, cell: (row) => why(c, row) },
    ],
    shown,
  );
}

function why(c: ConsoleContext, { error_codes, on_unknown }: HeldNotification): string {
  return [
    ...error_codes.map((code) => failureInWords(code, c.get('language'))),
    ...(on_unknown === 'hold' ? [c.get('words').held.ruleSaysHold] : []),
  ].join('; ');
}

function decisions(c: ConsoleContext, total: number): Html {
  const words = c.get('words').held;
  return html`<fieldset>
      <legend>${words.chosen}</legend>
      <label><input type="radio" name="which" value="chosen" checked /> ${words.chosen}</label>
      <label><input type="radio" name="which" value="all" /> ${words.bulk(c.get('when').number(total))}</label>
    </fieldset>
    <p class="hint">${words.settleAbout} ${words.releaseAbout}</p>
    <div class="actions">
      <button name="decision" value="settle">${words.settle}</button>
      <button class="danger" name="decision" value="release">${words.release}</button>
    </div>`;
}

function notes(c: ConsoleContext, noted: readonly NotedDecision[]): Html {
  const { held: words, frame } = c.get('words');
  return html`<h2>${words.decided}</h2>
    ${table<NotedDecision>(
      words.decided,
      [
        { title: words.mentor, cell: (row) => mentorLink(row.user_id) },
        { title: words.what, cell: (row) => frame.scenarios[row.scenario_type] },
        { title: words.decidedAt, cell: (row) => c.get('when').at(row.decided_at) },
        { title: words.result, cell: (row) => words.states[row.state] },
        { title: words.note, cell: (row) => row.note },
      ],
      noted,
    )}`;
}
