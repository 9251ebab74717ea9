import { html } from 'hono/html';
import { Hono } from 'hono';
import { accountsOf, explainMentor, type MentorAnswer } from '../../answers/mentor.ts';
import { nextEvaluations } from '../../answers/next-evaluations.ts';
import { daysOfActivity, listChapters, type NamedChapter } from '../../db/chapters.ts';
import { sentencesAbout } from '../../domain/explanation/sentences.ts';
import { Clock } from '../../domain/explanation/when.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { asReader, asService } from '../as-reader.ts';
import type { ConsoleContext, ConsoleEnv } from '../env.ts';
import { notFound } from '../failure-pages.ts';
import { field, page, type Html } from '../layout.ts';
import { idOf, mentorsFor } from '../readable.ts';
import type { ConsoleServices } from '../services.ts';
import { scenarioDetails } from './mentors/scenario-details.ts';
import { timeline } from './mentors/timeline.ts';
import { readSchedules } from './today/next-times.ts';

const MOST_DAYS = 60;

interface Found {
  readonly answer: MentorAnswer;
  /** `YYYY-MM-DD`, the latest first. */
  readonly days: readonly string[];
  readonly chapter: NamedChapter | null;
}

export function mentorsPages(services: ConsoleServices): Hono<ConsoleEnv> {
  return new Hono<ConsoleEnv>()
    .get('/mentors', async (c) => {
      const given = c.req.query('id')?.trim() ?? '';
      const id = idOf(given);
      return id ? c.redirect(`/mentors/${id}`, 303) : findPage(c, given);
    })
    .get('/mentors/:id', async (c) => {
      const found = await find(c, services, idOf(c.req.param('id')) ?? notFound());
      return found ? mentorPage(c, services, found) : notFound();
    });
}

function findPage(c: ConsoleContext, given: string): Promise<Response> {
  const { mentors: words, frame } = c.get('words');
  return page(
    c,
    { title: frame.pages.mentors, current: 'mentors', status: given === '' ? 200 : 400 },
    html`<p>${words.lead}</p>
      <form method="get" action="/mentors">
        ${field({
          name: 'id',
          label: words.id,
          hint: words.idHint,
          value: given.slice(0, 100),
          maxLength: 100,
          required: true,
          autocomplete: 'off',
          ...(given !== '' && { fault: words.noId }),
        })}
        <button>${words.find}</button>
      </form>`,
  );
}

/** Null: there is no such mentor, or the reader is not in charge of them. */
async function find(c: ConsoleContext, services: ConsoleServices, id: string): Promise<Found | null> {
  const reader = c.get('reader');
  const now = services.clock();
  return asReader(services.db, reader, async (tx) => {
    if (!(await mentorsFor(tx, reader, [id])).has(id)) return null;
    return asService(tx, reader, async (service) => {
      const answer = await explainMentor(service, id, SCENARIO_TYPES, { asOf: now, now });
      if (!answer) return null;
      const chapterId = answer.scenarios[0]!.found.rule.chapter_id;
      const named = { ids: [chapterId ?? id], name: null, afterId: null, most: 1 };
      const [chapter = null] = await listChapters(service, named);
      return { answer, days: await daysOfActivity(service, id, MOST_DAYS), chapter };
    });
  });
}

async function mentorPage(c: ConsoleContext, services: ConsoleServices, found: Found): Promise<Response> {
  const { answer, chapter } = found;
  const { mentors: words, frame } = c.get('words');
  const language = c.get('language');
  const asOf = answer.asOf.toISOString();
  const clock = new Clock(answer.timezone, asOf, language);
  const next = await nextEvaluations(services.db, answer, () => readSchedules(services));
  const accounts = accountsOf(answer, next ?? new Map());
  return page(
    c,
    { title: words.title, current: 'mentors' },
    html`<p class="key">${answer.mentor}</p>
      <p>${words.chapter}: ${chapterLink(words, chapter)}</p>
      <p class="hint">${words.asOf(clock.instant(asOf))}</p>
      ${next ? '' : html`<p class="notice">${words.days}</p>`}
      <h2>${words.scenarios}</h2>
      ${answer.scenarios.map((scenario, i) => {
        const type = scenario.explanation.scenario_type;
        return html`<section class="card" aria-labelledby="scenario-${type}">
          <h3 id="scenario-${type}">${frame.scenarios[type]}</h3>
          <p>${sentencesAbout(accounts[i]!, language).join(' ')}</p>
          ${scenarioDetails(c, scenario, clock)}
        </section>`;
      })}
      <h2>${words.timeline}</h2>
      <p class="hint">${words.timelineAbout}</p>
      ${timeline(c, answer, found.days)}`,
  );
}

function chapterLink(words: { unnamed: string; noChapter: string }, chapter: NamedChapter | null): Html | string {
  return chapter ? html`<a href="/chapters/${chapter.id}">${chapter.name ?? words.unnamed}</a>` : words.noChapter;
}
