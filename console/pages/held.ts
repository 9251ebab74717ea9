import { Hono } from 'hono';
import {
  decideHeld,
  decideHeldInBulk,
  notedDecisions,
  pageOfHeld,
  type Decision,
  type HeldPlace,
  type WhichHeld,
} from '../../db/held.ts';
import { isDecisionNote } from '../../domain/decision-note.ts';
import { parseInstant } from '../../domain/instant.ts';
import { isScenarioType } from '../../domain/scenarios/registry.ts';
import type { ConsoleContext, ConsoleEnv } from '../env.ts';
import { forOperators } from '../access/for-operators.ts';
import { notFound } from '../failure-pages.ts';
import { ROWS } from '../pager.ts';
import type { ConsoleServices } from '../services.ts';
import { confirmPage, type Question } from './held/confirm.ts';
import { heldList } from './held/list.ts';

const DECISIONS: readonly Decision[] = ['settle', 'release'];
const KEY = /^[0-9a-f]{64}$/;
const PLACE = /^(\S+) ([0-9a-f]{64})$/;
const NUMBER = /^\d{1,9}$/;
const NOTED = 20;

/** What may have arrived, and waits for a decision: the operator's alone. */
export function heldPages(services: ConsoleServices): Hono<ConsoleEnv> {
  return new Hono<ConsoleEnv>()
    .use('/held/*', forOperators)
    .get('/held', async (c) => {
      const which = { scenarioTypes: scenarioOf(c.req.query('scenario')), since: null, until: null };
      const { held, total } = await pageOfHeld(services.db, ROWS + 1, which, placeOf(c.req.query('after')));
      return heldList(c, { held, total, which, noted: await notedDecisions(services.db, NOTED) });
    })
    .post('/held/confirm', async (c) => {
      const asked = await questionOf(c);
      if (asked.keys?.length === 0) return c.redirect('/held?done=nothing', 303);
      // All that are held by now: what comes while the operator reads the question is none of them.
      const question = { ...asked, which: { ...asked.which, until: services.clock() } };
      return confirmPage(c, question, await aboutHowMany(services, question));
    })
    .post('/held/decide', async (c) => {
      const question = await questionOf(c);
      const n = question.keys ? question.keys.length : question.n;
      if (n === null || (!question.keys && !question.which.until)) return notFound();
      if (question.note !== null && !isDecisionNote(question.note)) return confirmPage(c, question, n, 'note');
      const decided = await decide(services, question);
      const left = Math.max(0, n - decided);
      services.log.info({ decision: question.decision, decided, left }, 'the operator decided what is held');
      return c.redirect(
        `/held?${new URLSearchParams({ done: question.decision, n: `${decided}`, left: `${left}` }).toString()}`,
        303,
      );
    });
}

/** The form of the list, and that of the page that asks once more. Keys that are none count as not chosen. */
async function questionOf(c: ConsoleContext): Promise<Question & { readonly n: number | null }> {
  const form = await c.req.formData();
  const text = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const decision = DECISIONS.find((each) => each === text('decision')) ?? notFound();
  const keys = form.getAll('key').filter((key): key is string => typeof key === 'string' && KEY.test(key));
  return {
    decision,
    which: {
      // Of a kind that there is not: never of any kind.
      scenarioTypes: text('scenario') === '' ? null : (scenarioOf(text('scenario')) ?? notFound()),
      since: null,
      until: parseInstant(text('until')),
    },
    keys: text('which') === 'all' ? null : [...new Set(keys)],
    n: NUMBER.test(text('n')) ? Number(text('n')) : null,
    note: text('note') || null,
  };
}

async function aboutHowMany(services: ConsoleServices, { keys, which }: Question): Promise<number> {
  return keys ? keys.length : (await pageOfHeld(services.db, 1, which)).total;
}

/** As the command does it. */
async function decide({ db, clock }: ConsoleServices, { decision, keys, which, note }: Question): Promise<number> {
  const decided = keys
    ? await decideHeld(db, decision, keys, clock(), note)
    : await decideHeldInBulk(db, decision, which, clock(), note);
  return decided.length;
}

function scenarioOf(text: string | undefined): WhichHeld['scenarioTypes'] {
  return text !== undefined && isScenarioType(text) ? [text] : null;
}

function placeOf(text: string | undefined): HeldPlace | null {
  const [, at = '', idempotencyKey = ''] = PLACE.exec(text ?? '') ?? [];
  const heldAt = parseInstant(at);
  return heldAt && { heldAt, idempotencyKey };
}
