import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Page } from 'playwright-core';
import { findChromium, launchChromium, withoutChromium, type Chromium } from '../support/chromium.ts';
import { OPERATOR_TOKEN, startTestConsole, tokenOf, type TestConsole } from '../support/console.ts';
import { HOUR } from '../../domain/durations.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { heldClaims, NOW, world } from './people.ts';

const chromium = findChromium(process.env);
const suite = chromium ? describe : describe.skip;
const what = 'the forms of mentors, chapters and held';

suite(`${what}${withoutChromium(what, chromium)}`, () => {
  let database: TestDatabase;
  let console: TestConsole;
  let browser: Chromium;
  let page: Page;
  let it: Awaited<ReturnType<typeof world>>;

  beforeAll(async () => {
    database = await createDatabase();
    it = await world(database);
    // After all that is held.
    console = await startTestConsole(database, { services: { clock: () => new Date(NOW.getTime() + HOUR) } });
    browser = await launchChromium(chromium!, { viewport: { width: 1_200, height: 900 }, locale: 'en-GB' });
    page = browser.context.pages()[0] ?? (await browser.context.newPage());
  });
  afterAll(async () => {
    await browser?.close();
    await console?.close();
    await database?.drop();
  });

  const address = (path: string) => new URL(path, console.address).href;
  async function comeIn(): Promise<void> {
    await browser.context.clearCookies();
    await page.goto(address(`/?token=${encodeURIComponent(OPERATOR_TOKEN)}`));
  }
  const states = async (keys: readonly string[]) =>
    (
      await sql<{
        state: string;
      }>`select state from scenario_claims where idempotency_key = any (${[...keys]}) order by settled_at`.execute(
        database.db,
      )
    ).rows.map(({ state }) => state);

  test('a mentor is found by their id, and what their sentence rests on opens on demand', async () => {
    await comeIn();
    await page.goto(address('/mentors'));
    await page.getByLabel('Mentor’s id').fill(it.a.mentor);
    await page.getByRole('button', { name: 'Find' }).click();
    expect(new URL(page.url()).pathname).toBe(`/mentors/${it.a.mentor}`);
    const details = page.locator('details').first();
    expect(await details.getByText('Facts').isVisible()).toBe(false);
    await details.getByText('What this rests on').click();
    expect(await details.getByText('Facts').isVisible()).toBe(true);
  });

  test('a chapter is found by a part of its name, and its lists lead to a mentor', async () => {
    await comeIn();
    await page.goto(address('/chapters'));
    await page.getByLabel('Part of a name').fill('asker');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('link', { name: 'Asker' }).click();
    await page.getByRole('link', { name: 'Who is not told, and why' }).click();
    await page.getByRole('link', { name: 'Inactivity' }).click();
    await page.getByRole('link', { name: 'yes, by the next evaluation' }).click();
    await page.getByRole('link', { name: it.a.mentor }).click();
    expect(new URL(page.url()).pathname).toBe(`/mentors/${it.a.mentor}`);
  });

  test('one of two is settled with a note, and the other released', async () => {
    const keys = await heldClaims(database, 2);
    await comeIn();
    await page.goto(address('/held'));
    await page.locator(`input[value="${keys[0]}"]`).check();
    await page.getByRole('button', { name: 'They arrived' }).click();
    await page.getByLabel('Note').fill('they called back');
    await page.getByRole('button', { name: 'Yes, they arrived' }).click();
    expect(await page.getByRole('status').innerText()).toContain('1 settled');
    expect(await page.getByText('they called back').isVisible()).toBe(true);
    await page.getByLabel('All 1 of this list').check();
    await page.getByRole('button', { name: 'They did not arrive' }).click();
    await page.getByRole('link', { name: 'Back, and change nothing' }).click();
    expect(await states(keys)).toContain('held');
    await page.getByLabel('All 1 of this list').check();
    await page.getByRole('button', { name: 'They did not arrive' }).click();
    await page.getByRole('button', { name: 'Yes, they did not arrive' }).click();
    expect(await page.getByText('Nothing is held.').isVisible()).toBe(true);
    expect((await states(keys)).toSorted()).toEqual(['released', 'sent']);
  });

  test('a coordinator who types another chapter’s addresses finds nothing', async () => {
    await browser.context.clearCookies();
    const value = await tokenOf(it.b.coordinator, { expiresIn: 3_600 });
    await browser.context.addCookies([{ name: 'console_person', value, url: console.address }]);
    for (const path of [
      `/mentors/${it.a.mentor}`,
      `/chapters/${it.a.chapterId}`,
      `/chapters/${it.a.chapterId}/not-told`,
    ]) {
      const answer = await page.goto(address(path));
      expect(answer!.status()).toBe(404);
      expect(await page.locator('h1').innerText()).toBe('Not here');
    }
    expect((await page.goto(address(`/chapters/${it.b.chapterId}`)))!.status()).toBe(200);
  });
});
