import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { findChromium, launchChromium, withoutChromium, type Chromium } from '../support/chromium.ts';
import { startTestConsole, tokenOf, type TestConsole } from '../support/console.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { chapter, daysBefore, mentor, rule } from '../support/factories.ts';
import { englishWords, keyboardFaults, PHONE, seriousFaults, structureFaults, tooWide } from './page-checks.ts';

const chromium = findChromium(process.env);
const suite = chromium ? describe : describe.skip;
const what = 'changing a rule in a browser';

suite(`${what}${withoutChromium(what, chromium)}`, () => {
  let database: TestDatabase;
  let console: TestConsole;
  let browser: Chromium;
  let page: Page;
  let chapterId: string;

  beforeAll(async () => {
    database = await createDatabase();
    console = await startTestConsole(database);
    browser = await launchChromium(chromium!, { viewport: PHONE, locale: 'nb-NO', timezoneId: 'Europe/Oslo' });
    page = browser.context.pages()[0] ?? (await browser.context.newPage());
  });
  afterAll(async () => {
    await browser?.close();
    await console?.close();
    await database?.drop();
  });
  beforeEach(async () => {
    chapterId = await chapter(database.db);
    await mentor(database.db, { chapterId, activities: [daysBefore(new Date(), 25)] });
    await rule(database.db, { scenarioType: 'inactivity', chapterId, parameters: { inactive_days: 40 } });
    const coordinator = await mentor(database.db, { chapterId, role: 'coordinator' });
    await browser.context.clearCookies();
    await browser.context.addCookies([
      { name: 'console_person', value: await tokenOf(coordinator), url: console.address },
    ]);
    await page.goto(`${console.address}rules/edit?type=inactivity&scope=chapter:${chapterId}`);
  });

  const press = (value: string) => page.locator(`button[name="action"][value="${value}"]`).click();
  const stored = async () =>
    (await database.pool.query('select parameters from scenario_rules where chapter_id = $1', [chapterId])).rows[0]
      .parameters.inactive_days;

  async function faults(): Promise<string[]> {
    const all = [];
    for (const find of [seriousFaults, structureFaults, tooWide, englishWords, keyboardFaults])
      all.push(...(await find(page)));
    return all;
  }

  test('the form, the comparison and what was saved have nothing serious to axe, on a phone and in Norwegian', async () => {
    expect(await faults()).toEqual([]);
    await page.getByLabel('Dager uten aktivitet').fill('20');
    await press('look');
    await page.getByText('Kommer til: 1. Faller fra: 0.').waitFor();
    expect(await faults()).toEqual([]);
    expect(await stored()).toBe(40);
    await press('save');
    await page.getByText('Lagret. Regelen gjelder fra neste gjennomgang.').waitFor();
    expect(await faults()).toEqual([]);
    expect(await stored()).toBe(20);
  });

  test('what is refused stands at its field, and the field says so', async () => {
    await page.getByLabel('Dager uten aktivitet').fill('null');
    await page.getByLabel('Tittel, Bokmål').fill('<script>alert(1)</script> {dager}');
    await press('save');
    await page.getByText('Ingenting ble lagret').waitFor();
    expect(await page.getByLabel('Dager uten aktivitet').getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByLabel('Dager uten aktivitet').inputValue()).toBe('null');
    expect(await page.getByLabel('Tittel, Bokmål').inputValue()).toBe('<script>alert(1)</script> {dager}');
    expect(await faults()).toEqual([]);
    expect(await stored()).toBe(40);
  });

  test('the second of two is shown what the first saved', async () => {
    await page.getByLabel('Dager uten aktivitet').fill('50');
    await database.pool.query(`update scenario_rules set parameters = '{"inactive_days": 45}' where chapter_id = $1`, [
      chapterId,
    ]);
    await press('save');
    await page.getByText('Ingenting av ditt ble lagret').waitFor();
    expect(await page.locator('[role="alert"] table').innerText()).toMatch(/Dager uten aktivitet\s+45\s+50/);
    expect(await stored()).toBe(45);
    expect(await faults()).toEqual([]);
    await press('save');
    await page.getByText('Lagret.').waitFor();
    expect(await stored()).toBe(50);
  });

  test('a comparison that takes long refreshes by itself, and can be given up', async () => {
    const waiting = await database.pool.connect();
    try {
      await waiting.query('begin; lock table activities in access exclusive mode');
      await press('look');
      await page.getByText('Spør databasen').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('button', { name: 'Avbryt' }).click();
      await page.getByText('Avbrutt. Ingenting ble endret.').waitFor();
      await press('look');
      await page.getByText('Spør databasen').waitFor();
      await waiting.query('rollback');
      await page.getByText('Får varsel nå: 0.').waitFor();
      expect(await page.locator('[data-refresh]').count()).toBe(0);
    } finally {
      await waiting.query('rollback');
      waiting.release();
    }
  });
});
