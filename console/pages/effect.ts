import { html } from 'hono/html';
import { Hono } from 'hono';
import { aYearBefore, type ActiveAgain, type Comparison, type Effect } from '../../answers/effect.ts';
import { keepEffects, type KeptEffect } from '../../answers/effect-kept.ts';
import { readableChapters } from '../../db/chapters.ts';
import { UNTOLD_REASONS } from '../../db/effect.ts';
import { isDay } from '../../domain/instant.ts';
import { asReader } from '../as-reader.ts';
import type { ConsoleContext, ConsoleEnv } from '../env.ts';
import { page, table, type Html } from '../layout.ts';
import type { ConsoleServices } from '../services.ts';

/** A page takes no longer; what is not counted by then is shown when it is. */
const PATIENCE_MS = 60;
const LOOK_AGAIN_SECONDS = 3;
const SHOWN = 8;

/** Did it help? The same numbers as those of the command, of the chapters that the reader is in charge of. */
export function effectPages(services: ConsoleServices): Hono<ConsoleEnv> {
  const kept = keepEffects(services.db, PATIENCE_MS);
  return new Hono<ConsoleEnv>().get('/effect', async (c) => {
    const words = c.get('words').effect;
    const now = services.clock();
    const asked = c.req.query('since');
    const isWrong = asked !== undefined && !isDay(asked);
    const since = asked === undefined || isWrong ? aYearBefore(now) : asked;
    const found = isWrong ? null : await count(c, services, kept, { since, now });
    if (!found && !isWrong) c.header('refresh', String(LOOK_AGAIN_SECONDS));
    const body = isWrong ? html`<p role="alert">${words.noDay}</p>` : found ? numbers(c, found) : beingCounted(c);
    return page(
      c,
      { title: c.get('words').frame.pages.effect, current: 'effect', status: isWrong ? 400 : 200 },
      html`<p>${words.about(c.get('when').date(since))}</p>
        <form method="get" action="/effect">
          <label for="since">${words.since}</label>
          <input id="since" name="since" type="date" value="${since}" />
          <button>${words.show}</button>
        </form>
        ${body}`,
    );
  });
}

/**
 * The database says whose numbers these are; then they are counted with the service's role, and not within the reader's
 * transaction: they are kept for whoever asks for the same chapters. Null: not yet.
 */
async function count(
  c: ConsoleContext,
  services: ConsoleServices,
  kept: KeptEffect,
  request: { readonly since: string; readonly now: Date },
): Promise<Effect | null> {
  const reader = c.get('reader');
  if (reader.kind === 'operator') return kept(request);
  const chapterIds = await asReader(services.db, reader, (tx) => readableChapters(tx, null));
  return kept({ ...request, chapterIds });
}

function beingCounted(c: ConsoleContext): Html {
  return html`<p role="status">${c.get('words').effect.counting}</p>`;
}

function numbers(c: ConsoleContext, found: Effect): Html {
  const words = c.get('words').effect;
  if (found.cells.length === 0) return html`<p>${words.nobody}</p>`;
  const { all, byMonth, byOrganization, byRule, untold, names } = found;
  const short = (id: string) => id.slice(0, SHOWN);
  return html`<p class="card"><strong>${words.noExperiment}</strong></p>
    ${comparison(c, words.all, words.who, [{ ...all, key: words.all }], (key) => key)}
    ${comparison(c, words.byMonth, words.month, byMonth, (key) => key)}
    ${comparison(c, words.byOrganization, words.organization, byOrganization, (id) => names.get(id) ?? short(id))}
    ${comparison(c, words.byRule, words.rule, byRule, short)}
    ${table(
      words.untold,
      [
        { title: words.reason, cell: (reason) => words.reasons[reason] },
        { title: words.people, numeric: true, cell: (reason) => c.get('when').number(untold[reason].people) },
        { title: words.activeAgain, cell: (reason) => share(c, untold[reason]) },
        { title: words.waiting, numeric: true, cell: (reason) => c.get('when').number(untold[reason].waiting) },
      ],
      UNTOLD_REASONS,
    )}
    <p class="hint">${words.interval} ${words.countedAt} ${c.get('when').at(found.asOf)}.</p>`;
}

function comparison(
  c: ConsoleContext,
  caption: string,
  first: string,
  rows: readonly Comparison[],
  name: (key: string) => string,
): Html {
  const words = c.get('words').effect;
  const number = (n: number) => c.get('when').number(n);
  return table<Comparison>(
    caption,
    [
      { title: first, cell: ({ key }) => (key === null ? words.none : name(key)) },
      { title: words.told, numeric: true, cell: ({ told }) => number(told.people) },
      { title: words.activeAgain, cell: ({ told }) => share(c, told) },
      { title: words.notTold, numeric: true, cell: ({ notTold }) => number(notTold.people) },
      { title: words.activeAgain, cell: ({ notTold }) => share(c, notTold) },
      { title: words.waiting, numeric: true, cell: ({ told, notTold }) => number(told.waiting + notTold.waiting) },
    ],
    rows,
  );
}

/** A bar, and beside it `34 % (31–37)`: the bar alone says nothing to whoever cannot see it. */
function share(c: ConsoleContext, { share: of, low, high }: ActiveAgain): Html {
  if (of === null || low === null || high === null) return html`–`;
  const percent = (n: number) => c.get('when').number(Math.round(n * 100));
  return html`<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="series-0" width="${(of * 100).toFixed(1)}" height="10"></rect>
    </svg>
    ${percent(of)} % (${percent(low)}–${percent(high)})`;
}
