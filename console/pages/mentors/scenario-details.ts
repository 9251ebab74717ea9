import { html } from 'hono/html';
import type { ExplainedPast } from '../../../answers/explanation.ts';
import type { ScenarioAnswer } from '../../../answers/mentor.ts';
import { failureInWords, reasonInWords } from '../../../domain/explanation/reasons.ts';
import { setAsideInWords, verdictInWords } from '../../../domain/explanation/states.ts';
import { waitInWords } from '../../../domain/explanation/wait.ts';
import type { Clock } from '../../../domain/explanation/when.ts';
import type { MessageText } from '../../../domain/scenarios/definition.ts';
import { localeFor } from '../../../push/message-text.ts';
import type { ConsoleContext } from '../../env.ts';
import type { Html } from '../../layout.ts';
import { ruleRows } from './rule-rows.ts';
import { whatBecameOf } from './timeline.ts';

type Row = readonly [title: string, value: unknown];

/** All that one scenario's sentence rests on, to be opened by whoever wants to know. */
export function scenarioDetails(c: ConsoleContext, scenario: ScenarioAnswer, clock: Clock): Html {
  const words = c.get('words').mentors;
  const { explanation, found, message } = scenario;
  const rows: Row[] = [
    ...ruleRows(c, explanation),
    ...leftOut(c, scenario, clock),
    ...dueRows(c, scenario, clock),
    ...(message ? [[words.message, asTheyReadIt(found.rule.locale, message)] as const] : []),
  ];
  return html`<details>
    <summary>${words.details}</summary>
    ${list(rows)}
    <h4>${words.facts}</h4>
    ${list(Object.entries(explanation.facts).map(([name, value]) => [words.factNames[name] ?? name, fact(c, value)]))}
    <h4>${words.past}</h4>
    ${
      explanation.history.length === 0
        ? html`<p>${words.noPast}</p>`
        : html`<ul>
            ${explanation.history.map((past) => html`<li>${pastNotification(c, past, clock)}</li>`)}
          </ul>`
    }
  </details>`;
}

/** In the mentor's language, which need not be the page's. */
function asTheyReadIt(locale: string, { title, body }: MessageText): Html {
  return html`<div lang="${localeFor(locale)}"><strong>${title}</strong><br />${body}</div>`;
}

function list(rows: readonly Row[]): Html {
  return html`<dl>
    ${rows.map(
      ([title, value]) =>
        html`<dt>${title}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function leftOut(c: ConsoleContext, { explanation: { set_aside } }: ScenarioAnswer, clock: Clock): Row[] {
  if (!set_aside) return [];
  const how = { isAlone: set_aside.user_id !== null, sqlstate: set_aside.sqlstate };
  return [[c.get('words').mentors.leftOut, `${clock.past(set_aside.at)}: ${setAsideInWords(how, c.get('language'))}`]];
}

function dueRows(c: ConsoleContext, { explanation: { candidates } }: ScenarioAnswer, clock: Clock): Row[] {
  const words = c.get('words').mentors;
  const language = c.get('language');
  return candidates.map(({ occurrence, verdict, reason, send_at, idempotency_key: key }) => [
    words.candidates,
    html`${occurrence && html`<span class="key">${occurrence}</span>: `}${
        reason ? reasonInWords(reason, language) : verdictInWords(verdict, language)
      }${send_at ? `, ${words.deferred(clock.at(send_at))}` : ''} <span class="key">${key}</span>`,
  ]);
}

/** A value of the facts: dates, numbers and lists of them as they are, what holds others as a list. */
function fact(c: ConsoleContext, value: unknown): unknown {
  const words = c.get('words').mentors;
  if (value === null) return words.unknown;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return c.get('when').date(value);
  if (!Array.isArray(value)) return typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (!value.some((each) => typeof each === 'object')) return value.join(', ');
  return html`<ul>
    ${value.map(
      (each: Record<string, unknown>) =>
        html`<li>
          ${list(Object.entries(each).map(([name, one]) => [words.factNames[name] ?? name, fact(c, one)]))}
        </li>`,
    )}
  </ul>`;
}

function pastNotification(c: ConsoleContext, past: ExplainedPast, clock: Clock): Html {
  const words = c.get('words').mentors;
  const language = c.get('language');
  const codes = past.attempts.map(({ platform, outcome, error_code }) => {
    const what = outcome ? words.outcomes[outcome] : words.underWay;
    return `${platform}: ${what}${error_code ? ` (${failureInWords(error_code, language)})` : ''}`;
  });
  return html`${c.get('when').at(past.triggered_at)}
    ${past.occurrence && html`<span class="key">${past.occurrence}</span>`}
    ${whatBecameOf(c, past)}${
      past.waits ? `; ${waitInWords(past.waits, language, (iso) => clock.at(iso))}` : ''
    }${codes.length > 0 ? `; ${words.attempts(codes.join(', '))}` : ''}
    <span class="key">${past.idempotency_key}</span>`;
}
