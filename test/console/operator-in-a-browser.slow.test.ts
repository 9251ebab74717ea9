import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { findChromium, launchChromium, withoutChromium, type Chromium } from '../support/chromium.ts';
import { OPERATOR_TOKEN } from '../support/console.ts';
import { DESKTOP } from './page-checks.ts';
import { openSampleStage, type SampleStage } from './sample-stage.ts';

const chromium = findChromium(process.env);
const suite = chromium ? describe : describe.skip;
const what = 'the operator with a browser';
const SOON = { timeout: 30_000 };

suite(`${what}${withoutChromium(what, chromium)}`, () => {
  let stage: SampleStage;
  let browser: Chromium;
  let page: Page;
  /** What the browser complained of: a script or style that the policy of the page refuses, an error of the script. */
  const complaints: string[] = [];

  beforeAll(async () => {
    stage = await openSampleStage();
    browser = await launchChromium(chromium!, { viewport: DESKTOP, locale: 'en-GB', timezoneId: 'America/New_York' });
    page = browser.context.pages()[0] ?? (await browser.context.newPage());
    page.on('pageerror', (error) => void complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(address(`/?token=${encodeURIComponent(OPERATOR_TOKEN)}`));
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  const address = (path: string) => new URL(path, stage.console.address).href;
  const card = () => page.locator('#running article').filter({ hasText: 'sweep-that-is-paused' });

  /** Of the sweep that runs; nothing once it is among the past ones. */
  const counts = async () => (await page.locator('#running tbody').allInnerTexts()).join();

  test('finds no token in the address, and times on their own clock', async () => {
    expect(page.url()).toBe(stage.console.address);
    await page.locator('html[data-timezone="America/New_York"]').waitFor(SOON);
    expect(await page.locator('footer').innerText()).toContain('America/New_York');
  });

  test('sees the last sweep of each scenario, thirty days as bars, and the same as a table', async () => {
    await page.goto(address('/'));
    expect(await page.locator('.cards table').count()).toBe(4);
    expect(await page.locator('svg.plot g').count()).toBe(30);
    await page.getByText('As a table').click();
    expect(await page.locator('details table tbody tr').count()).toBeGreaterThan(20);
    expect(await page.locator('.cards').innerText()).toMatch(/Next\s+\d+ \w+ \d{4}/);
  });

  test('is asked before a sweep is stopped, and nothing happens if they would rather not', async () => {
    await page.goto(address('/sweeps'));
    page.once('dialog', (dialog) => void dialog.dismiss());
    await card().getByRole('button', { name: 'Stop' }).click();
    expect(page.url()).toBe(address('/sweeps'));
    expect(await card().locator('.badge').innerText()).toBe('paused');
  });

  test('resumes a sweep, and the page follows it by itself', async () => {
    await page.goto(address('/sweeps'));
    const before = await counts();
    await card().getByRole('button', { name: 'Resume' }).click();
    await page.getByText('The sweep was told to go on.').waitFor(SOON);
    await page.evaluate(`document.body.dataset.marked = 'still this page'`);
    // It goes on until it is among the past ones, or its counts move: either is seen without loading the page anew.
    for (let tries = 150; (await counts()) === before; tries--) {
      if (tries === 0) throw new Error('the page does not follow');
      await sleep(200);
    }
    expect(await page.evaluate<string>(`document.body.dataset.marked`)).toBe('still this page');
  });

  test('halts all sending with a reason, which then stands above every page, and ends the halt', async () => {
    await page.goto(address('/sweeps'));
    page.on('dialog', (dialog) => void dialog.accept());
    await page.getByLabel('Why').fill('the text is wrong <b>');
    await page.getByRole('button', { name: 'Halt all sending' }).click();
    await page.getByText('Sending is halted:').waitFor(SOON);
    await page.goto(address('/'));
    expect(await page.locator('.banner').innerText()).toContain('“the text is wrong <b>”');
    await page.locator('.banner a').click();
    await page.getByRole('button', { name: 'End the halt' }).click();
    await page.getByText('The halt has ended').waitFor(SOON);
    expect(await page.locator('.banner').count()).toBe(0);
  });

  test('can do the same without a script', async () => {
    const other = await launchChromium(chromium!, { viewport: DESKTOP, locale: 'en-GB', javaScriptEnabled: false });
    const plain = other.context.pages()[0] ?? (await other.context.newPage());
    await plain.goto(address(`/?token=${encodeURIComponent(OPERATOR_TOKEN)}`));
    await plain.getByRole('link', { name: 'Sweeps' }).click();
    await plain.getByLabel('Why').fill('without a script');
    await plain.getByRole('button', { name: 'Halt all sending' }).click();
    await plain.getByRole('button', { name: 'Halt all sending' }).click();
    expect(await plain.locator('.banner').innerText()).toContain('without a script');
    await plain.getByRole('button', { name: 'End the halt' }).click();
    await plain.getByRole('button', { name: 'End the halt' }).click();
    expect(await plain.locator('.banner').count()).toBe(0);
    await other.close();
  });

  test('signs out', async () => {
    await page.goto(address('/'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor(SOON);
  });

  test('has met nothing that the policy of the pages refuses', () => {
    // The answer to whoever is not signed in is one that a browser mentions.
    expect(complaints.filter((text) => !text.includes('status of 401'))).toEqual([]);
  });
});
