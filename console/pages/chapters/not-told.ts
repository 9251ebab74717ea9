import { html } from 'hono/html';
import { verdictsOfChapter, type Verdicts } from '../../../answers/chapter.ts';
import type { PreviewRow } from '../../../db/preview.ts';
import { reasonInWords } from '../../../domain/explanation/reasons.ts';
import { Clock } from '../../../domain/explanation/when.ts';
import { isScenarioType, SCENARIO_TYPES, type ScenarioType } from '../../../domain/scenarios/registry.ts';
import { asService } from '../../as-reader.ts';
import type { ConsoleContext } from '../../env.ts';
import { table, type Html } from '../../layout.ts';
import { firstOf, pager, tabs } from '../../pager.ts';
import type { ChapterPart } from '../chapters.ts';
import { mentorLink } from '../../mentor-link.ts';

/** One scenario at a time: an evaluation of the chapter's mentors, which writes nothing. */
export const notTold: ChapterPart = async (c, tx, { chapterId, now }) => {
  const { chapters: words, frame } = c.get('words');
  const asked = c.req.query('scenario') ?? '';
  const scenarioType = isScenarioType(asked) ? asked : SCENARIO_TYPES[0]!;
  const verdicts = await asService(tx, c.get('reader'), (service) =>
    verdictsOfChapter(service, chapterId, { scenarioType, asOf: now }),
  );
  const path = `/chapters/${chapterId}/not-told`;
  const types = SCENARIO_TYPES.map((type) => ({
    title: frame.scenarios[type],
    href: `${path}?scenario=${type}`,
    current: type === scenarioType,
  }));
  return html`${tabs(words.scenarios, types)}
    <p class="hint">${words.now}</p>
    ${
      verdicts.counts.length > 0
        ? withCandidates(c, scenarioType, verdicts, now)
        : html`<p>${verdicts.evaluated > 0 ? words.nobodyDue : words.nobodyEvaluated}</p>`
    }
    ${numbers(c, verdicts)}`;
};

function numbers(c: ConsoleContext, { evaluated, misconfigured }: Verdicts): Html {
  const words = c.get('words').chapters;
  const when = c.get('when');
  return html`<p>
    ${evaluated > 0 ? words.evaluated(when.number(evaluated)) : ''}
    ${misconfigured > 0 ? words.misconfigured(when.number(misconfigured)) : ''}
  </p>`;
}

function withCandidates(c: ConsoleContext, type: ScenarioType, { counts, candidates }: Verdicts, now: Date): Html {
  const words = c.get('words').chapters;
  const asked = c.req.query('verdict') ?? '';
  const chosen = counts.some(({ verdict }) => verdict === asked) ? asked : null;
  const after = c.req.query('after') ?? '';
  const listed = candidates.filter(
    (row) => (chosen === null ? row.reason !== null : verdictOf(row) === chosen) && placeOf(row) > after,
  );
  const { shown, last } = firstOf(listed);
  const parameters = { scenario: type, ...(chosen !== null && { verdict: chosen }) };
  return html`${table<Verdicts['counts'][number]>(
      words.verdicts,
      [
        {
          title: words.verdict,
          cell: ({ verdict }) =>
            html`<a href="?${new URLSearchParams({ scenario: type, verdict }).toString()}">${inWords(c, verdict)}</a>`,
        },
        { title: words.mentors, numeric: true, cell: ({ n }) => c.get('when').number(n) },
      ],
      counts,
    )}
    <h3>${words.list(chosen === null ? words.all : inWords(c, chosen))}</h3>
    ${shown.length === 0 ? html`<p>${words.noneListed}</p>` : listOf(c, shown, now)}
    ${pager(c, parameters, last && placeOf(last))}`;
}

function listOf(c: ConsoleContext, rows: readonly PreviewRow[], now: Date): Html {
  const words = c.get('words').chapters;
  const when = c.get('when');
  return table<PreviewRow>(
    words.notTold,
    [
      { title: words.mentor, cell: (row) => mentorLink(row.user_id) },
      { title: words.occurrence, cell: (row) => html`<span class="key">${row.occurrence}</span>` },
      { title: words.verdict, cell: (row) => told(c, row, now) },
      { title: words.next, cell: (row) => (row.next_eligible_at ? when.at(row.next_eligible_at) : '') },
    ],
    rows,
  );
}

function told(c: ConsoleContext, { reason, send_at, timezone }: PreviewRow, now: Date): string {
  const words = c.get('words').chapters;
  if (reason !== null || send_at === null) return inWords(c, reason ?? 'send');
  return words.sendAt(new Clock(timezone ?? 'UTC', now.toISOString(), c.get('language')).at(send_at.toISOString()));
}

function inWords(c: ConsoleContext, verdict: string): string {
  return verdict === 'send' ? c.get('words').chapters.send : reasonInWords(verdict, c.get('language'));
}

function verdictOf({ reason }: PreviewRow): string {
  return reason ?? 'send';
}

/** Candidates come in this order. */
function placeOf({ user_id, occurrence }: PreviewRow): string {
  return `${user_id} ${occurrence}`;
}
