import { accessSync, constants, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { createFolder } from '../support/folder.ts';
import { mustClose } from '../support/leaks.ts';

/** Nothing that reaches out of this machine, and nothing that a shared one may not have. */
const QUIETLY = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const WIDTH = 1_400;

/** The Chromium of this machine: CHROMIUM_PATH, or the first on PATH; null where there is none. */
export function findChromium(env: NodeJS.ProcessEnv): string | null {
  if (env['CHROMIUM_PATH']) return env['CHROMIUM_PATH'];
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const candidates = (env['PATH'] ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

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
  const profile = createFolder();
  const context = await chromium.launchPersistentContext(join(profile.path, 'profile'), {
    executablePath,
    headless: true,
    args: QUIETLY,
    viewport: { width: WIDTH, height: 900 },
    colorScheme: 'light',
  });
  const closed = mustClose('browser (call close() in afterAll)');
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
    async picture(name, height) {
      const folder = process.env['SCREENSHOTS'];
      if (!folder) return;
      mkdirSync(folder, { recursive: true });
      await page.evaluate(withoutFolder, process.cwd());
      await page.screenshot({ path: join(folder, `${name}.png`), clip: { x: 0, y: 0, width: WIDTH, height } });
    },
    async close() {
      await context.close();
      profile.remove();
      closed();
    },
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

/** Runs in the page: stack traces name the folder of whoever takes the picture. */
function withoutFolder(folder: string): void {
  const { document, NodeFilter } = globalThis as unknown as DomGlobals;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    node.nodeValue = node.nodeValue?.replaceAll(folder, '…') ?? null;
  }
}

/** What of the browser's own names is used: the project is compiled without those of the web. */
interface DomGlobals {
  readonly document: {
    readonly body: unknown;
    createTreeWalker(root: unknown, show: number): { nextNode(): { nodeValue: string | null } | null };
  };
  readonly NodeFilter: { readonly SHOW_TEXT: number };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
