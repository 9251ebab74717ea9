import { html } from 'hono/html';
import { Hono } from 'hono';
import type { Transaction } from 'kysely';
import { listChapters, type NamedChapter } from '../../db/chapters.ts';
import type { Database } from '../../db/tables.ts';
import { asReader, asService } from '../as-reader.ts';
import type { ConsoleContext, ConsoleEnv } from '../env.ts';
import { notFound } from '../failure-pages.ts';
import { field, page, table, type Html } from '../layout.ts';
import { firstOf, pager, ROWS, tabs } from '../pager.ts';
import { chaptersFor, idOf } from '../readable.ts';
import type { ConsoleServices } from '../services.ts';
import { needsAPerson } from './chapters/needs-a-person.ts';
import { notTold } from './chapters/not-told.ts';
import { told } from './chapters/told.ts';

/** A part of a chapter's page. Within `asReader`, for a chapter that the reader may read. */
export type ChapterPart = (
  c: ConsoleContext,
  tx: Transaction<Database>,
  of: { readonly chapterId: string; readonly now: Date },
) => Promise<Html>;

const PARTS = { told: ['', told], notTold: ['/not-told', notTold], needs: ['/needs-a-person', needsAPerson] } as const;

const LONGEST_NAME = 100;

export function chaptersPages(services: ConsoleServices): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>().get('/chapters', (c) => list(c, services));
  for (const part of Object.keys(PARTS) as (keyof typeof PARTS)[]) {
    const [path, show] = PARTS[part];
    pages.get(`/chapters/:id${path}`, (c) => chapterPage(c, services, part, show));
  }
  return pages;
}

async function list(c: ConsoleContext, services: ConsoleServices): Promise<Response> {
  const { chapters: words, frame } = c.get('words');
  const reader = c.get('reader');
  const name = (c.req.query('name') ?? '').replaceAll('\0', '').trim().slice(0, LONGEST_NAME);
  const found = await asReader(services.db, reader, async (tx) => {
    const ids = await chaptersFor(tx, reader, null);
    const page = { ids, name: name || null, afterId: idOf(c.req.query('after')), most: ROWS + 1 };
    return asService(tx, reader, (service) => listChapters(service, page));
  });
  const { shown, last } = firstOf(found);
  const isSearch = name !== '' || c.req.query('after') !== undefined;
  return page(
    c,
    { title: frame.pages.chapters, current: 'chapters' },
    html`<p>${words.lead}</p>
      <form method="get" action="/chapters">
        ${field({ name: 'name', label: words.name, type: 'search', value: name, maxLength: LONGEST_NAME })}
        <button>${words.find}</button>
      </form>
      ${
        shown.length === 0
          ? html`<p>${isSearch || reader.kind === 'operator' ? words.none : words.noneOfYours}</p>`
          : table<NamedChapter>(
              frame.pages.chapters,
              [
                {
                  title: words.chapter,
                  cell: (row) => html`<a href="/chapters/${row.id}">${row.name || words.unnamed}</a>`,
                },
                { title: words.organization, cell: (row) => row.organization ?? '' },
              ],
              shown,
            )
      }
      ${pager(c, name ? { name } : {}, last?.id ?? null)}`,
  );
}

async function chapterPage(
  c: ConsoleContext,
  services: ConsoleServices,
  part: keyof typeof PARTS,
  show: ChapterPart,
): Promise<Response> {
  const { chapters: words } = c.get('words');
  const reader = c.get('reader');
  const id = idOf(c.req.param('id')) ?? notFound();
  const found = await asReader(services.db, reader, async (tx) => {
    const ids = await chaptersFor(tx, reader, [id]);
    const named = { ids: ids ?? [id], name: null, afterId: null, most: 1 };
    const [chapter] = await asService(tx, reader, (service) => listChapters(service, named));
    if (!chapter) return null;
    return { chapter, body: await show(c, tx, { chapterId: id, now: services.clock() }) };
  });
  if (!found) return notFound();
  const { chapter, body } = found;
  const parts = (Object.keys(PARTS) as (keyof typeof PARTS)[]).map((each) => ({
    title: words[each],
    href: `/chapters/${id}${PARTS[each][0]}`,
    current: each === part,
  }));
  return page(
    c,
    { title: chapter.name || words.unnamed, current: 'chapters' },
    html`<p class="hint">${chapter.organization}</p>
      ${tabs(words.parts, parts)}
      <h2>${words[part]}</h2>
      ${body}`,
  );
}
