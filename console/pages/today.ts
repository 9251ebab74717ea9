import { html } from 'hono/html';
import { Hono } from 'hono';
import { KnownFailures } from '../../answers/known-failures.ts';
import { thirtyDays, today, type Today } from '../../answers/today.ts';
import type { ScheduleRow } from '../../client/schedule-rows.ts';
import { ScenarioRepositoryException } from '../../db/repository-exception.ts';
import { readLogByDay, type LoggedOnDay } from '../../db/today.ts';
import { SCENARIO_TYPES, type ScenarioType } from '../../domain/scenarios/registry.ts';
import { asReader } from '../as-reader.ts';
import type { ConsoleContext, ConsoleEnv } from '../env.ts';
import { page, table, type Html } from '../layout.ts';
import { ReaderClock } from '../reader-clock.ts';
import type { ConsoleServices } from '../services.ts';
import { funnel } from './today/funnel.ts';
import { nextTime, readSchedules } from './today/next-times.ts';
import { thirtyDayPlot } from './today/thirty-days.ts';

export function todayPages(services: ConsoleServices): Hono<ConsoleEnv> {
  const known = new KnownFailures();
  return new Hono<ConsoleEnv>().get('/', async (c) => {
    const body = () => (c.get('reader').kind === 'operator' ? forOperator(c, services, known) : forPerson(c, services));
    const shown = await body().catch(async (error: unknown) => {
      if (!isOfTimezone(error)) throw error;
      c.set('when', new ReaderClock('UTC', c.get('language')));
      return body();
    });
    return page(c, { title: c.get('words').frame.pages.today, current: 'today' }, shown);
  });
}

const INVALID_PARAMETER_VALUE = '22023';

/** Browsers know timezones that PostgreSQL does not. */
function isOfTimezone(error: unknown): boolean {
  return error instanceof ScenarioRepositoryException && error.sqlState === INVALID_PARAMETER_VALUE;
}

async function forOperator(c: ConsoleContext, services: ConsoleServices, known: KnownFailures): Promise<Html> {
  const words = c.get('words').today;
  const now = services.clock();
  const { timezone } = c.get('when');
  const [found, schedules] = await Promise.all([today(services.db, { now, timezone, known }), readSchedules(services)]);
  return html`${attention(c, found)}
    <h2>${words.sweeps}</h2>
    <div class="cards">${SCENARIO_TYPES.map((type) => lastSweep(c, type, found, schedules))}</div>
    <h2>${words.plot}</h2>
    ${
      found.sent.length === 0
        ? html`<p>${words.noneSent}</p>`
        : html`<p class="hint">${words.plotAbout}</p>
            ${thirtyDayPlot(
              c,
              found.sent.map(({ sent, ...on }) => ({ ...on, n: sent })),
              now,
            )}`
    }`;
}

/** What is braked, held or closed; a halt stands above every page. */
function attention(c: ConsoleContext, { state }: Today): Html {
  const { today: words, frame } = c.get('words');
  const when = c.get('when');
  const lines = [
    ...SCENARIO_TYPES.filter((type) => state.braked[type] > 0).map(
      (type) =>
        html`<li>
          ${words.braked(when.number(state.braked[type]), frame.scenarios[type])} <a href="/sweeps">${words.answer}</a>
        </li>`,
    ),
    ...(state.held > 0
      ? [html`<li>${words.held(when.number(state.held))} <a href="/held">${words.decide}</a></li>`]
      : []),
    ...(state.is_gate_closed ? [html`<li>${words.closed}</li>`] : []),
    ...(state.platforms_set_aside.length > 0
      ? [html`<li>${words.setAside(state.platforms_set_aside.join(', '))}</li>`]
      : []),
    ...(state.not_settled > 0 ? [html`<li>${words.notSettled(when.number(state.not_settled))}</li>`] : []),
  ];
  return html`<section class="card" aria-labelledby="attention">
    <h2 id="attention">${words.attention}</h2>
    ${
      lines.length === 0
        ? html`<p>${words.nothing}</p>`
        : html`<ul>
            ${lines}
          </ul>`
    }
  </section>`;
}

function lastSweep(
  c: ConsoleContext,
  type: ScenarioType,
  found: Today,
  schedules: readonly ScheduleRow[] | null,
): Html {
  const { today: words, frame } = c.get('words');
  const when = c.get('when');
  const run = found.runs.get(type);
  const title = frame.scenarios[type];
  return html`<section class="card" aria-labelledby="last-${type}">
    <h3 id="last-${type}">${title} ${run && html`<span class="badge">${words.state[run.state]}</span>`}</h3>
    <dl>
      ${
        run &&
        html`<dt>${words.started}</dt>
          <dd>${when.at(run.started_at)}</dd>`
      }
      <dt>${words.next}</dt>
      <dd>${nextTime(c, type, schedules)}</dd>
    </dl>
    ${run ? funnel(c, title, { run, failures: found.failures.get(run.id) ?? {}, deferred: found.deferred.get(type) }) : html`<p>${words.never}</p>`}
  </section>`;
}

/** The database chooses the lines: those of the chapters that they are in charge of. */
async function forPerson(c: ConsoleContext, services: ConsoleServices): Promise<Html> {
  const { today: words, frame } = c.get('words');
  const now = services.clock();
  const days = thirtyDays(now, c.get('when').timezone);
  const [logged, schedules] = await Promise.all([
    asReader(services.db, c.get('reader'), (tx) => readLogByDay(tx, days)),
    readSchedules(services),
  ]);
  const delivered = logged.filter(({ status }) => status === 'delivered');
  return html`<h2>${words.yours}</h2>
    <p class="hint">${words.yoursAbout}</p>
    ${logged.length === 0 ? html`<p>${words.noneLogged}</p>` : byScenario(c, logged)}
    ${delivered.length > 0 ? thirtyDayPlot(c, delivered, now) : ''}
    <h2>${words.times}</h2>
    <dl>
      ${SCENARIO_TYPES.map(
        (type) =>
          html`<dt>${frame.scenarios[type]}</dt>
            <dd>${nextTime(c, type, schedules)}</dd>`,
      )}
    </dl>
    <p class="hint">${words.operators}</p>`;
}

function byScenario(c: ConsoleContext, logged: readonly LoggedOnDay[]): Html {
  const { today: words, frame } = c.get('words');
  const when = c.get('when');
  const total = (type: ScenarioType, status: LoggedOnDay['status']) =>
    logged.filter((row) => row.scenario_type === type && row.status === status).reduce((sum, { n }) => sum + n, 0);
  const column = (title: string, status: LoggedOnDay['status']) => ({
    title,
    numeric: true,
    cell: (type: ScenarioType) => when.number(total(type, status)),
  });
  return table<ScenarioType>(
    words.yours,
    [
      { title: words.scenario, cell: (type) => frame.scenarios[type] },
      column(words.delivered, 'delivered'),
      column(words.failed, 'failed'),
      column(words.skipped, 'skipped'),
    ],
    SCENARIO_TYPES,
  );
}
