import { html } from 'hono/html';
import {
  lapsingCertificates,
  silentMentors,
  unreachableMentors,
  type Counted,
  type LapsingCertificate,
  type SilentMentor,
  type UnreachableMentor,
} from '../../../db/needs-a-person.ts';
import { asService } from '../../as-reader.ts';
import type { ConsoleContext } from '../../env.ts';
import { table, type Column, type Html } from '../../layout.ts';
import { firstOf, pager, ROWS, tabs } from '../../pager.ts';
import { idOf } from '../../readable.ts';
import type { ChapterPart } from '../chapters.ts';
import { mentorLink } from '../../mentor-link.ts';

const LISTS = ['silent', 'unreachable', 'lapsing'] as const;
type List = (typeof LISTS)[number];

/** One list at a time: what no message can mend. */
export const needsAPerson: ChapterPart = async (c, tx, { chapterId, now }) => {
  const words = c.get('words').chapters;
  const asked = c.req.query('list') as List;
  const list: List = LISTS.includes(asked) ? asked : 'silent';
  const page = { afterId: idOf(c.req.query('after')), most: ROWS + 1 };
  const body = await asService(tx, c.get('reader'), async (service): Promise<Html> => {
    switch (list) {
      case 'silent':
        return silent(c, await silentMentors(service, chapterId, { ...page, asOf: now }));
      case 'unreachable':
        return unreachable(c, await unreachableMentors(service, chapterId, page));
      case 'lapsing':
        return lapsing(c, await lapsingCertificates(service, chapterId, { ...page, asOf: now }));
    }
  });
  const lists = LISTS.map((each) => ({
    title: words[each],
    href: `/chapters/${chapterId}/needs-a-person?list=${each}`,
    current: each === list,
  }));
  return html`${tabs(words.lists, lists)}
    <p class="hint">${words[`${list}About`]}</p>
    ${body}`;
};

function silent(c: ConsoleContext, found: Counted<SilentMentor>): Html {
  const words = c.get('words').chapters;
  const when = c.get('when');
  return listed(c, 'silent', found, (row) => row.user_id, [
    { title: words.mentor, cell: (row) => mentorLink(row.user_id) },
    { title: words.lastActivity, cell: (row) => when.date(row.last_activity) },
    { title: words.days, numeric: true, cell: (row) => when.number(row.days) },
    { title: words.reminders, numeric: true, cell: (row) => when.number(row.reminders) },
  ]);
}

function unreachable(c: ConsoleContext, found: Counted<UnreachableMentor>): Html {
  const words = c.get('words').chapters;
  return listed(c, 'unreachable', found, (row) => row.user_id, [
    { title: words.mentor, cell: (row) => mentorLink(row.user_id) },
    {
      title: words.lastSeen,
      cell: (row) => (row.last_seen_at ? c.get('when').at(row.last_seen_at) : words.never),
    },
  ]);
}

function lapsing(c: ConsoleContext, found: Counted<LapsingCertificate>): Html {
  const words = c.get('words').chapters;
  const when = c.get('when');
  return listed(c, 'lapsing', found, (row) => row.certification_id, [
    { title: words.mentor, cell: (row) => mentorLink(row.user_id) },
    { title: words.certificate, cell: (row) => row.certification_type },
    { title: words.expires, cell: (row) => when.date(row.expires_on) },
    { title: words.daysLeft, numeric: true, cell: (row) => when.number(row.days_left) },
    { title: words.wasTold, cell: (row) => (row.told ? words.yes : words.no) },
  ]);
}

function listed<Row>(
  c: ConsoleContext,
  list: List,
  { rows, total }: Counted<Row>,
  idOfRow: (row: Row) => string,
  columns: readonly Column<Row>[],
): Html {
  const words = c.get('words').chapters;
  const { shown, last } = firstOf(rows);
  if (shown.length === 0)
    return html`<p>${words.nobody}</p>
      ${pager(c, { list }, null)}`;
  return html`<p>${words.total(c.get('when').number(total))}</p>
    ${table(words[list], columns, shown)} ${pager(c, { list }, last && idOfRow(last))}`;
}
