import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { findChromium, launchChromium, withoutChromium, type Chromium } from '../support/chromium.ts';
import { englishWords, keyboardFaults, PHONE, seriousFaults, structureFaults, tooWide } from './page-checks.ts';

const chromium = findChromium(process.env);
const suite = chromium ? describe : describe.skip;
const what = 'what pages are held to';

const FINE = `<!doctype html><html lang="nb"><title>Side</title><body><main><h1>Likepersoner</h1><h2>Varsler</h2>
  <div class="scroll" style="overflow-x: auto" tabindex="0" role="region" aria-label="Varsler"><table style="width: 900px"><caption>Varsler</caption>
    <tr><th scope="col">Dag</th></tr><tr><td><time datetime="2026-12-08T11:07:00.000Z">8. desember</time></td></tr></table></div>
  <a href="#x">Neste side</a> <button>Lagre</button> <p lang="en">Told by the next evaluation.</p></main></body></html>`;
const BAD = `<!doctype html><html lang="nb"><title>Side</title><body><main><h2>Varsler</h2><h4>Dypt</h4>
  <table style="width: 900px"><tr><th>Dag</th></tr><tr><td><time>8. desember</time></td></tr></table>
  <p style="color: #ccc">Told by the next evaluation.</p> <input name="x" style="outline: none">
  <button tabindex="-1">Lagre</button></main></body></html>`;

suite(`${what}${withoutChromium(what, chromium)}`, () => {
  let browser: Chromium;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium(chromium!, { viewport: PHONE });
    page = browser.context.pages()[0] ?? (await browser.context.newPage());
  });
  afterAll(() => browser?.close());

  test('finds nothing where nothing is wrong', async () => {
    await page.setContent(FINE);
    expect(await seriousFaults(page)).toEqual([]);
    // The page of this test has styles of its own.
    expect(await structureFaults(page)).toEqual(['style or script within the page']);
    expect(await tooWide(page)).toEqual([]);
    expect(await keyboardFaults(page)).toEqual([]);
    expect(await englishWords(page)).toEqual([]);
  });

  test('finds each fault', async () => {
    await page.setContent(BAD);
    expect((await seriousFaults(page)).map((fault) => fault.split(':')[0])).toEqual(
      expect.arrayContaining(['color-contrast', 'label']),
    );
    expect(await structureFaults(page)).toEqual([
      'not one h1, at the top',
      'heading skips a level: Dypt',
      'table without a caption: Dag8. desember',
      'th without scope: Dag',
      'time without an instant: 8. desember',
      'style or script within the page',
    ]);
    expect(await tooWide(page)).toEqual([expect.stringMatching(/^9\d\d px: .*TD/)]);
    expect(await keyboardFaults(page)).toEqual([
      expect.stringMatching(/^focus is not seen: INPUT/),
      'not reached: BUTTON Lagre',
    ]);
    expect(await englishWords(page)).not.toEqual([]);
  });
});
