import { html } from 'hono/html';
import { logOfChapter, type LogLine } from '../../../db/chapters.ts';
import { reasonInWords } from '../../../domain/explanation/reasons.ts';
import { releaseInWords } from '../../../domain/explanation/withdrawal.ts';
import type { ConsoleContext } from '../../env.ts';
import { table } from '../../layout.ts';
import { firstOf, pager, ROWS } from '../../pager.ts';
import { idOf, mentorsFor } from '../../readable.ts';
import type { ChapterPart } from '../chapters.ts';
import { mentorLink } from '../../mentor-link.ts';

/** The chapter's log, which policies let the reader see. */
export const told: ChapterPart = async (c, tx, { chapterId }) => {
  const { chapters: words, frame } = c.get('words');
  const when = c.get('when');
  const page = { afterId: idOf(c.req.query('after')), most: ROWS + 1 };
  const { shown, last } = firstOf(await logOfChapter(tx, chapterId, page));
  if (shown.length === 0)
    return html`<p>${page.afterId ? words.nobody : words.noneTold}</p>
      ${pager(c, {}, null)}`;
  // Who has moved since is somebody else's to read.
  const readable = await mentorsFor(
    tx,
    c.get('reader'),
    shown.map((line) => line.peer_mentor_id),
  );
  return html`${table<LogLine>(
    words.told,
    [
      {
        title: words.mentor,
        cell: ({ peer_mentor_id: id }) =>
          readable.has(id)
            ? mentorLink(id)
            : html`<span class="key">${id}</span> <span class="hint">${words.moved}</span>`,
      },
      { title: words.when, cell: (line) => when.at(line.delivered_at) },
      { title: words.scenario, cell: (line) => frame.scenarios[line.scenario_type] },
      { title: words.result, cell: (line) => resultOf(c, line) },
    ],
    shown,
  )}
  ${pager(c, {}, last?.log_id ?? null)}`;
};

function resultOf(c: ConsoleContext, { status, reason }: LogLine): string {
  const language = c.get('language');
  const what = c.get('words').chapters.statuses[status];
  if (reason === null) return what;
  return `${what}: ${status === 'skipped' ? reasonInWords(reason, language) : releaseInWords(reason, language)}`;
}
