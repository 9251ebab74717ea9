import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Visitor } from '../support/console.ts';
import { daysBefore } from '../support/factories.ts';
import { consoleWithRules, fieldsOf, address, compared, ofChapter, submit } from './rule-forms.ts';

const { database, operator, rulesOf, quiet, foundAgain, close } = await consoleWithRules();
afterAll(close);
let { organizationId, mine, theirs, elsewhere, coordinator, other, administrator } = await foundAgain();
beforeEach(async () => {
  ({ organizationId, mine, theirs, elsewhere, coordinator, other, administrator } = await foundAgain());
});

describe('before saving', () => {
  test('a coordinator sees who would be added and dropped in their chapter, and of no other', async () => {
    const added = await quiet(25, mine);
    await quiet(25, theirs);
    const { status, path, body } = await compared(coordinator, ofChapter(mine), { inactive_days: '20' });
    expect(status).toBe(200);
    expect(path).toMatch(/^\/rules\/previews\//);
    expect(body).toContain('Notified now: 0. With this rule: 1. Added: 1. Dropped: 0.');
    expect(body).toContain(`href="/mentors/${added}"`);
    expect(body).toMatch(/id="inactive_days"[^>]*value="20"/);
    expect(await rulesOf(mine)).toEqual([]);
    expect(await other.get(path)).toMatchObject({ status: 404 });
    const saved = await coordinator.post('/rules/edit', { ...fieldsOf(body), action: 'save' });
    expect(saved.body).toContain('Saved.');
  });

  test('and who would be dropped, at a date that they choose', async () => {
    const dropped = await quiet(35, mine);
    const later = daysBefore(new Date(), -20);
    const now = await compared(coordinator, ofChapter(mine), { inactive_days: '50' });
    expect(now.body).toContain('Added: 0. Dropped: 1.');
    expect(now.body).toContain(`href="/mentors/${dropped}"`);
    const then = await compared(coordinator, ofChapter(mine), { inactive_days: '50', as_of: later });
    expect(then.body).toContain('Added: 0. Dropped: 0.');
  });

  test('an administrator sees the chapters of their organisation, the operator all', async () => {
    await quiet(25, mine);
    await quiet(25, theirs);
    await quiet(25, elsewhere);
    const scope = address(`organization:${organizationId}`);
    expect((await compared(administrator, scope, { inactive_days: '20' })).body).toContain('Added: 2.');
    expect((await compared(operator, address('default'), { inactive_days: '20' })).body).toContain('Added: 3.');
  });

  test('a rule that is switched off drops everybody', async () => {
    await quiet(35, mine);
    expect((await compared(coordinator, ofChapter(mine), { enabled: '' })).body).toContain('Dropped: 1.');
  });
});

describe('a comparison that takes long', () => {
  let waiting: pg.PoolClient;
  beforeEach(async () => {
    await quiet(35, mine);
    waiting = await database.pool.connect();
    await waiting.query('begin; lock table activities in access exclusive mode');
  });
  afterEach(async () => {
    await waiting.query('rollback');
    waiting.release();
    // What still runs ends by itself now, and makes room.
    await until(async () => (await evaluating()) === 0);
    await until(async () => (await submit(operator, ofChapter(mine), { action: 'look' })).status !== 429);
  });
  const evaluating = async () =>
    (
      await database.pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
    ).rowCount;
  const start = (who: Visitor, inactive_days = '20') => submit(who, ofChapter(mine), { inactive_days, action: 'look' });
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await sleep(50);
  }

  test('shows that it goes on, refreshed with and without a script', async () => {
    const { status, body, headers } = await start(coordinator);
    expect(status).toBe(200);
    expect(body).toContain('Asking the database');
    expect(body).toContain('data-refresh="2"');
    expect(headers.get('refresh')).toBe('2');
  });

  test('can be given up: the database stops, and what was typed is still there', async () => {
    const { path } = await start(coordinator);
    await until(async () => (await evaluating()) === 1);
    expect(await other.post(`${path}/give-up`, {})).toMatchObject({ status: 403 });
    await coordinator.get(path);
    const after = await coordinator.post(`${path}/give-up`);
    expect(after.body).toContain('Given up. Nothing was changed.');
    expect(after.body).not.toContain('data-refresh');
    expect(after.body).toMatch(/id="inactive_days"[^>]*value="20"/);
    await until(async () => (await evaluating()) === 0);
  });

  test('ends with the next one that the same person asks for', async () => {
    const first = await start(coordinator);
    await start(coordinator, '21');
    expect((await coordinator.get(first.path)).body).toContain('Given up.');
    expect((await start(administrator)).body).toContain('Asking the database');
  });

  test('is one of two at most; the third loses nothing that was typed', async () => {
    const paths = [(await start(coordinator)).path, (await start(administrator)).path];
    const third = await start(operator, '23');
    expect(third).toMatchObject({ status: 429, body: expect.stringContaining('Two comparisons are running') });
    expect(third.body).toMatch(/id="inactive_days"[^>]*value="23"/);
    for (const [i, who] of [coordinator, administrator].entries()) {
      await who.get(paths[i]!);
      await who.post(`${paths[i]!}/give-up`);
    }
  });
});

test('deleting a chapter’s rule shows first what the wider one would change, and keeps the history', async () => {
  await quiet(35, mine);
  await submit(coordinator, ofChapter(mine), { inactive_days: '40', action: 'save' });
  const shown = await submit(coordinator, ofChapter(mine), { action: 'look-without' });
  expect(shown.body).toContain('Added: 1. Dropped: 0.');
  const gone = await coordinator.post('/rules/edit', { ...fieldsOf(shown.body), action: 'delete' });
  expect(gone.body).toContain('Deleted.');
  expect(gone.body).toMatch(/deleted[\s\S]*made/);
  expect(await rulesOf(mine)).toEqual([]);
});
