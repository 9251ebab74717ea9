import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { LANGUAGES, type Language } from '../../domain/explanation/language.ts';
import { OPERATOR_TOKEN } from '../support/console.ts';
import { findChromium, launchChromium, withoutChromium, type Chromium } from '../support/chromium.ts';
import {
  DESKTOP,
  englishWords,
  keyboardFaults,
  PHONE,
  seriousFaults,
  structureFaults,
  tooWide,
} from './page-checks.ts';
import { takePicture } from '../support/picture.ts';
import { openSampleStage, type SampleStage } from './sample-stage.ts';
import { kindsOfPages } from './walk.ts';

const chromium = findChromium(process.env);
const suite = chromium ? describe : describe.skip;
const what = 'every page of the console';

/** Of docs/console.md: whose page, which kind, and how many pixels of it. */
const PICTURES = [
  { name: 'console-today', reader: 'operator', kind: '/', height: 760 },
  { name: 'console-sweeps', reader: 'operator', kind: '/sweeps', height: 760 },
  { name: 'console-rules', reader: 'operator', kind: '/rules', height: 760 },
  { name: 'console-mentor', reader: 'operator', kind: '/mentors/:id', height: 900 },
  { name: 'console-held', reader: 'operator', kind: '/held', height: 700 },
  { name: 'console-effect', reader: 'operator', kind: '/effect', height: 760 },
  { name: 'console-yours', reader: 'coordinator', kind: '/', height: 700 },
  { name: 'console-chapter', reader: 'coordinator', kind: '/chapters/:id', height: 700 },
  { name: 'console-sign-in', reader: 'visitor', kind: '/', height: 420 },
] as const;

suite(`${what}${withoutChromium(what, chromium)}`, () => {
  let stage: SampleStage;
  let browser: Chromium;
  let page: Page;

  beforeAll(async () => {
    stage = await openSampleStage();
    browser = await launchChromium(chromium!, { viewport: DESKTOP, locale: 'nb-NO', timezoneId: 'Europe/Oslo' });
    page = browser.context.pages()[0] ?? (await browser.context.newPage());
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  const address = (path: string) => new URL(path, stage.console.address).href;

  async function comeInAs(reader: 'operator' | 'coordinator' | 'visitor'): Promise<void> {
    await browser.context.clearCookies();
    if (reader === 'operator') await page.goto(address(`/?token=${encodeURIComponent(OPERATOR_TOKEN)}`));
    if (reader === 'coordinator') {
      await browser.context.addCookies([
        { name: 'console_person', value: stage.coordinatorToken, url: stage.console.address },
      ]);
    }
    await page.goto(address('/'));
  }

  async function read(language: Language): Promise<void> {
    await page.goto(address(`/language/${language}?back=/`));
  }

  test('speaks the language of the browser, and the one that the reader chooses', async () => {
    await comeInAs('operator');
    expect(await page.locator('html').getAttribute('lang')).toBe('nb');
    await page.locator('.languages a').click();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });

  describe.each(['operator', 'coordinator', 'visitor'] as const)('for a %s', (reader) => {
    /** Of each kind of page, by its pattern: the first that links lead to. */
    let pages: Map<string, string>;

    beforeAll(async () => {
      await comeInAs(reader);
      pages = await kindsOfPages(page, stage.console.address);
    });

    /** Collects what each page is found to have, by its pattern; pages without a fault are left out. */
    async function faults(find: () => Promise<string[]>): Promise<Record<string, string[]>> {
      const found: Record<string, string[]> = {};
      for (const [kind, path] of pages) {
        await page.goto(address(path));
        const these = await find();
        if (these.length > 0) found[kind] = these;
      }
      return found;
    }

    test.each(LANGUAGES)('has nothing serious to axe in light and dark, in %s', async (language) => {
      await read(language);
      const found = await faults(async () => {
        const light = await seriousFaults(page);
        await page.emulateMedia({ colorScheme: 'dark' });
        const dark = await seriousFaults(page);
        await page.emulateMedia({ colorScheme: 'light' });
        return [...light, ...dark.map((fault) => `dark: ${fault}`)];
      });
      expect(found).toEqual({});
    });

    test.each(LANGUAGES)('has its headings in order, and tables with caption and scope, in %s', async (language) => {
      await read(language);
      expect(await faults(() => structureFaults(page))).toEqual({});
    });

    test.each(LANGUAGES)('fits the width of a phone, in %s', async (language) => {
      await read(language);
      await page.setViewportSize(PHONE);
      const found = await faults(() => tooWide(page));
      await page.setViewportSize(DESKTOP);
      expect(found).toEqual({});
    });

    test('can be walked through by keyboard, and shows where one is', async () => {
      await read('nb');
      expect(await faults(() => keyboardFaults(page))).toEqual({});
    });

    test('looks as docs/console.md shows it', async () => {
      await read('en');
      for (const { name, kind, height } of PICTURES.filter((each) => each.reader === reader)) {
        const path = pages.get(kind);
        if (path === undefined) throw new Error(`no link leads to ${kind}`);
        await page.goto(address(path));
        await takePicture(page, name, { width: DESKTOP.width, height });
      }
    });

    test('has no English in it when it is Norwegian', async () => {
      await read('nb');
      expect(await faults(() => englishWords(page))).toEqual({});
    });
  });

  test('tries a rule with Tab and Enter alone, and shows whom it would add', async () => {
    await comeInAs('operator');
    await read('en');
    await page.goto(address('/rules'));
    await page.locator('main a[href*="type=inactivity"]').first().focus();
    await page.keyboard.press('Enter');
    const days = page.locator('input[name*="inactive_days"]');
    await days.focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('20');
    await page.keyboard.press('Enter');
    await page.locator('#preview [role=status]').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await structureFaults(page)).toEqual([]);
    expect(await keyboardFaults(page)).toEqual([]);
    await page.evaluate('document.activeElement.blur(); scrollTo(0, 0)');
    await takePicture(page, 'console-rule', { width: DESKTOP.width, height: 900 });
    await page.setViewportSize(PHONE);
    expect(await tooWide(page)).toEqual([]);
    await page.setViewportSize(DESKTOP);
  });

  test('on a phone in the dark looks as docs/console.md shows it', async () => {
    await comeInAs('coordinator');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize(PHONE);
    await page.goto(address('/language/nb?back=/'));
    await takePicture(page, 'console-phone', PHONE);
    await page.setViewportSize(DESKTOP);
    await page.emulateMedia({ colorScheme: 'light' });
  });

  test('lets one skip to the content with the first key', async () => {
    await comeInAs('operator');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(page.url()).toMatch(/#content$/);
    await page.keyboard.press('Tab');
    expect(await page.evaluate<boolean>(`document.querySelector('main').contains(document.activeElement)`)).toBe(true);
  });
});
