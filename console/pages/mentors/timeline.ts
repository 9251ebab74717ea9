import { html } from 'hono/html';
import type { ExplainedPast } from '../../../answers/explanation.ts';
import type { MentorAnswer } from '../../../answers/mentor.ts';
import { claimStateInWords } from '../../../domain/explanation/states.ts';
import { releaseInWords } from '../../../domain/explanation/withdrawal.ts';
import type { ScenarioType } from '../../../domain/scenarios/registry.ts';
import type { ConsoleContext } from '../../env.ts';
import type { Html } from '../../layout.ts';

const MOST_EVENTS = 100;
/** Of days on which they were active, one after the other. */
const MOST_DAYS_IN_A_LINE = 6;

type Event =
  /** An instant, or the day itself. */
  | { readonly at: string; readonly past: ExplainedPast; readonly type: ScenarioType }
  | { readonly at: string; readonly days: string[] };

/** What was sent and when they were active, the latest first. Days between two notifications stand on one line. */
export function timeline(c: ConsoleContext, { scenarios }: MentorAnswer, days: readonly string[]): Html {
  const words = c.get('words').mentors;
  const events: Event[] = [
    ...scenarios.flatMap(({ explanation: { history, scenario_type: type } }) =>
      history.map((past) => ({ at: (past.dispatched_at ?? past.triggered_at).toISOString(), past, type })),
    ),
    ...days.map((day) => ({ at: day, days: [day] })),
  ];
  const lines = joinDays(events.toSorted((a, b) => (a.at < b.at ? 1 : -1))).slice(0, MOST_EVENTS);
  if (lines.length === 0) return html`<p>${words.nothing}</p>`;
  return html`<ol class="timeline">
    ${lines.map((line) => html`<li>${'past' in line ? notification(c, line) : activity(c, line.days)}</li>`)}
  </ol>`;
}

function joinDays(events: readonly Event[]): Event[] {
  const lines: Event[] = [];
  for (const event of events) {
    const last = lines.at(-1);
    if ('days' in event && last && 'days' in last) last.days.push(...event.days);
    else lines.push(event);
  }
  return lines;
}

function notification(c: ConsoleContext, { at, past, type }: Extract<Event, { past: unknown }>): Html {
  return html`${c.get('when').at(at)} <strong>${c.get('words').frame.scenarios[type]}</strong>: ${whatBecameOf(c, past)}`;
}

function activity(c: ConsoleContext, days: readonly string[]): Html {
  const words = c.get('words').mentors;
  const when = c.get('when');
  const shown = days.slice(0, MOST_DAYS_IN_A_LINE).map((day) => when.date(day));
  const left = days.length - shown.length;
  return html`${words.active}: ${shown.join('; ')}${left > 0 ? ` ${words.more(when.number(left))}` : ''}`;
}

/** In a few words. */
export function whatBecameOf(c: ConsoleContext, past: ExplainedPast): string {
  const words = c.get('words').mentors;
  const { delivery_status, release_reason, claim_state } = past;
  if (delivery_status) return delivery_status === 'sent' ? words.sent : words.inDoubt;
  return release_reason
    ? releaseInWords(release_reason, c.get('language'))
    : claimStateInWords(String(claim_state), c.get('language'));
}
