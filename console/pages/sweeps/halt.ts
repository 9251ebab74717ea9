import { endHalt, startHalt } from '../../../db/halts.ts';
import { isHaltNote } from '../../../domain/halt-note.ts';
import { parseInstant } from '../../../domain/instant.ts';
import type { ConsoleContext } from '../../env.ts';
import { notFound } from '../../failure-pages.ts';
import type { ConsoleServices } from '../../services.ts';
import { askPage } from '../confirm.ts';
import type { NoteFault } from './halt-section.ts';

type Again = (fault: NoteFault) => Promise<Response>;

export async function haltSending(c: ConsoleContext, services: ConsoleServices, again: Again): Promise<Response> {
  const { note: given, confirmed } = await c.req.parseBody();
  const note = typeof given === 'string' ? given.trim() : '';
  if (!isHaltNote(note)) return again({ note });
  const words = c.get('words').sweeps;
  if (confirmed !== 'yes') {
    const asked = { title: words.halt, action: '/sweeps/halt', fields: { note }, question: words.haltQuestion };
    return askPage(c, { ...asked, ...aboutSweeps(c), isDanger: true });
  }
  const started = await startHalt(services.db, note, services.clock());
  return c.redirect(`/sweeps?done=${started ? 'halt' : 'halted-before'}`, 303);
}

/** Ends the halt that the form is about, and no other that somebody has started since. */
export async function endThisHalt(c: ConsoleContext, services: ConsoleServices): Promise<Response> {
  const { started_at, confirmed } = await c.req.parseBody();
  const startedAt = (typeof started_at === 'string' && parseInstant(started_at)) || notFound();
  const words = c.get('words').sweeps;
  if (confirmed !== 'yes') {
    const fields = { started_at: startedAt.toISOString() };
    const asked = { title: words.endHalt, action: '/sweeps/end-halt', fields, question: words.endHaltQuestion };
    return askPage(c, { ...asked, ...aboutSweeps(c) });
  }
  const ended = await endHalt(services.db, services.clock(), startedAt);
  return c.redirect(`/sweeps?done=${ended ? 'end-halt' : 'not-halted'}`, 303);
}

function aboutSweeps(c: ConsoleContext) {
  return { current: 'sweeps', back: { href: '/sweeps', label: c.get('words').sweeps.back } } as const;
}
