import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { takePicture } from '../support/picture.ts';

const WIDTH = 1_400;

export interface Browser {
  /**
   * Opens an address and gives the words on the page, frames included, as soon as `awaited` stands among them.
   * Throws after half a minute with what stood there instead.
   */
  read(address: string, awaited: string): Promise<string>;
  /** Writes the top of the page, `height` pixels, where SCREENSHOTS names a folder; else does nothing. */
  picture(name: string, height: number): Promise<void>;
  close(): Promise<void>;
}

/** A headless browser with a profile of its own, which is removed with it. To be closed in `afterAll`. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  const { context, close } = await launchChromium(executablePath, { viewport: { width: WIDTH, height: 900 } });
  const [page = await context.newPage()] = context.pages();
  return {
    async read(address, awaited) {
      await page.goto(address);
      const until = performance.now() + 30_000;
      for (;;) {
        const words = await wordsOn(page);
        if (words.includes(awaited)) return words;
        if (performance.now() > until) throw new Error(`${address} does not say "${awaited}" but:\n${words}`);
        await sleep(200);
      }
    },
    picture: (name, height) => takePicture(page, name, { width: WIDTH, height }),
    close,
  };
}

/** The Web UI renders Markdown in a frame of its own. */
async function wordsOn(page: Page): Promise<string> {
  const texts = await Promise.all(
    page.frames().map((frame) =>
      frame
        .locator('body')
        .innerText({ timeout: 2_000 })
        .catch(() => ''),
    ),
  );
  return texts.join('\n').replaceAll(/\s+/g, ' ');
}
