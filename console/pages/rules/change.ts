import type { ConsoleContext } from '../../env.ts';
import { partsOf, previewRule } from '../../../answers/rule-preview.ts';
import type { ProposedRule } from '../../../db/evaluation-request.ts';
import { ScenarioRepositoryException } from '../../../db/repository-exception.ts';
import { nameOperator } from '../../../db/rule-changes.ts';
import { faultsOf } from '../../../db/rule-faults.ts';
import { ruleScopes } from '../../../db/rule-scopes.ts';
import { deleteRule, saveRule } from '../../../db/rules.ts';
import { asReader, asService } from '../../as-reader.ts';
import { notFound } from '../../failure-pages.ts';
import { idOf } from '../../readable.ts';
import type { ConsoleServices } from '../../services.ts';
import { editPage, type Notice } from './edit-page.ts';
import type { PreviewJob, RulePreviews } from './previews.ts';
import { placeOf, readPlace, type Place } from './read.ts';
import { inWords, isDate, readRule, type Faults, type Values } from './rule-form.ts';
import { editAddress } from './scope.ts';

const INSUFFICIENT_PRIVILEGE = '42501';
const VERSION = /^[0-9a-f]{32}$/;

/** What a form for a rule asks: to show what would change, to save, or to delete. Nothing that was typed is lost. */
export async function changeRule(
  c: ConsoleContext,
  services: ConsoleServices,
  previews: RulePreviews,
): Promise<Response> {
  const values = await valuesIn(c);
  const reader = c.get('reader');
  const place = await readPlace(services.db, reader, values['type'], values['scope']);
  const show = (notice: Notice, status: 200 | 403 | 409 | 422 | 429, faults: Faults = {}, now: Place = place) =>
    editPage(c, { place: now, values, faults, notice, status });
  if (!place.scope.may_write) return show({ kind: 'may not' }, 403);

  const action = values['action'];
  if (action === 'delete') return remove(c, services, place, values, show);
  const asOf = asOfIn(values, services.clock());
  const { rule, faults } = await judge(c, services, place, values);
  const all = asOf ? faults : { ...faults, as_of: c.get('words').rules.faults.date };
  if (Object.keys(all).length > 0 && action !== 'look-without') return show({ kind: 'faults' }, 422, all);
  if (action === 'save') return save(c, services, place, rule, values, show);

  const without = action === 'look-without' && place.wider;
  const tried = without ? { ...without.rule, ...own(rule) } : rule;
  const job = await look(c, previews, tried, { values, asOf: asOf ?? services.clock(), deletes: !!without });
  return job ? c.redirect(`/rules/previews/${job.id}`, 303) : show({ kind: 'busy' }, 429);
}

type Show = (notice: Notice, status: 200 | 403 | 409 | 422 | 429, faults?: Faults, now?: Place) => Promise<Response>;

async function save(
  c: ConsoleContext,
  services: ConsoleServices,
  place: Place,
  rule: ProposedRule,
  values: Values,
  show: Show,
): Promise<Response> {
  const seen = seenIn(values);
  return write(c, services, place, values, show, 'saved', (tx) => saveRule(tx, rule, seen));
}

async function remove(
  c: ConsoleContext,
  services: ConsoleServices,
  place: Place,
  values: Values,
  show: Show,
): Promise<Response> {
  const seen = seenIn(values);
  // The default has nothing to fall back to, and what is not there cannot be deleted.
  if (!seen || !place.wider) return show({ kind: 'may not' }, 403);
  return write(c, services, place, values, show, 'deleted', (tx) => deleteRule(tx, place, seen));
}

/** One transaction: the change with whose it is, or what stood in its way. */
async function write(
  c: ConsoleContext,
  { db }: ConsoleServices,
  place: Place,
  values: Values,
  show: Show,
  done: 'saved' | 'deleted',
  work: (tx: Parameters<typeof saveRule>[0]) => Promise<boolean>,
): Promise<Response> {
  const reader = c.get('reader');
  try {
    const now = await asReader(db, reader, async (tx) => {
      if (reader.kind === 'operator') await nameOperator(tx, (values['operator'] ?? '').replaceAll('\0', ''));
      return (await work(tx)) ? null : placeOf(tx, place.type, place.scope, place.scopes);
    });
    if (now) return await show({ kind: 'conflict' }, 409, {}, now);
    return c.redirect(`${editAddress(place.type, place.scope)}&${done}`, 303);
  } catch (error) {
    if (error instanceof ScenarioRepositoryException && error.sqlState === INSUFFICIENT_PRIVILEGE)
      return show({ kind: 'may not' }, 403);
    throw error;
  }
}

/** The rule that the form means, and all that is wrong with it: the database has the last word. */
async function judge(
  c: ConsoleContext,
  { db }: ConsoleServices,
  { type, scope }: Place,
  values: Values,
): Promise<{ rule: ProposedRule; faults: Faults }> {
  const words = c.get('words');
  const { rule, faults } = readRule(type, scope, values, words);
  // No text in PostgreSQL holds a NUL.
  if (Object.values(values).some((value) => value.includes('\0'))) return { rule, faults };
  const reader = c.get('reader');
  const said = await asReader(db, reader, (tx) =>
    asService(tx, reader, (service) => faultsOf(service, type, rule.parameters)),
  );
  return { rule, faults: { ...inWords(type, said, words), ...faults } };
}

async function look(
  c: ConsoleContext,
  previews: RulePreviews,
  rule: ProposedRule,
  about: Pick<PreviewJob, 'values' | 'asOf' | 'deletes'>,
): Promise<PreviewJob | null> {
  const reader = c.get('reader');
  return previews.start(reader, about, async (tx, report) => {
    const parts = partsOf(rule, await ruleScopes(tx, reader.kind === 'operator'));
    report(0, parts.length);
    return asService(tx, reader, (service) =>
      previewRule(service, { rule, asOf: about.asOf, parts }, (done) => report(done, parts.length)),
    );
  });
}

const own = ({ organization_id, chapter_id }: ProposedRule) => ({ organization_id, chapter_id });

/** What the form was opened on; null: no rule. Ends the request with 404 where it names what no form of ours does. */
function seenIn({ id = '', version = '' }: Values): { id: string; version: string } | null {
  if (id === '' && version === '') return null;
  const known = idOf(id);
  return known !== null && VERSION.test(version) ? { id: known, version } : notFound();
}

/** Null: it is no date. */
function asOfIn({ as_of: date }: Values, now: Date): Date | null {
  if (!date) return now;
  return isDate(date) ? new Date(`${date}T12:00:00Z`) : null;
}

/** What was typed, without what belongs to the form itself. */
async function valuesIn(c: ConsoleContext): Promise<Values> {
  const { csrf: _, ...body } = await c.req.parseBody();
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
