import { html } from 'hono/html';
import { Hono } from 'hono';
import { withRuns } from '../../answers/live-progress.ts';
import { latestSweeps } from '../../answers/sweeps.ts';
import { progressOfSweep } from '../../client/sweep-control.ts';
import { currentHalt } from '../../db/halts.ts';
import { askTemporal } from '../ask-temporal.ts';
import { forOperators } from '../access/for-operators.ts';
import type { ConsoleContext, ConsoleEnv } from '../env.ts';
import { page } from '../layout.ts';
import type { ConsoleServices } from '../services.ts';
import { controlSweep } from './sweeps/control.ts';
import { endThisHalt, haltSending } from './sweeps/halt.ts';
import { haltSection, type NoteFault } from './sweeps/halt-section.ts';
import { pastSweeps } from './sweeps/past-sweeps.ts';
import { runningSweep, type Running } from './sweeps/running-sweep.ts';

const LISTED = 40;
/** Of so many sweeps at most a worker is asked how far they are. */
const MOST_ASKED = 8;

/** Sweeps, brakes and halts: for the operator alone. */
export function sweepsPages(services: ConsoleServices): Hono<ConsoleEnv> {
  return new Hono<ConsoleEnv>()
    .use('/sweeps/*', forOperators)
    .get('/sweeps', (c) => sweepsPage(c, services))
    .post('/sweeps/control', (c) => controlSweep(c, services))
    .post('/sweeps/halt', (c) => haltSending(c, services, (fault) => sweepsPage(c, services, fault)))
    .post('/sweeps/end-halt', (c) => endThisHalt(c, services));
}

async function sweepsPage(c: ConsoleContext, services: ConsoleServices, fault?: NoteFault): Promise<Response> {
  const { sweeps: words, frame } = c.get('words');
  const done = c.req.query('done') ?? '';
  const [found, halt] = await Promise.all([latestSweeps(services.db, LISTED), currentHalt(services.db)]);
  const running = await Promise.all(
    found
      .filter(({ finishedAt }) => finishedAt === null)
      .map(async (sweep, i): Promise<Running> => {
        const progress =
          i < MOST_ASKED ? await askTemporal(services, (client) => progressOfSweep(client, sweep.workflowId)) : null;
        return { sweep, progress: progress && withRuns(progress, sweep.runs) };
      }),
  );
  const isAway = running.length > 0 && (await services.temporal()) === null;
  return page(
    c,
    { title: frame.pages.sweeps, current: 'sweeps', ...(fault && { status: 400 as const }) },
    html`${
        Object.hasOwn(words.done, done) && !fault
          ? html`<p class="notice" role="status">${words.done[done as keyof typeof words.done]}</p>`
          : ''
      }
      <section id="running" ${running.length > 0 ? html`data-refresh="2"` : ''}>
        <h2>${words.running}</h2>
        ${isAway && html`<p class="notice">${words.away}</p>`}
        ${running.length === 0 ? html`<p>${words.none}</p>` : running.map((each) => runningSweep(c, services, each))}
      </section>
      ${haltSection(c, halt, fault)}
      ${pastSweeps(
        c,
        services,
        found.filter(({ finishedAt }) => finishedAt !== null),
      )}`,
  );
}
