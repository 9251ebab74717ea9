import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Writes the top of a page, so many pixels of it, where SCREENSHOTS names a folder; else does nothing. */
export async function takePicture(page: Page, name: string, size: { width: number; height: number }): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.evaluate(withoutFolder, process.cwd());
  await page.screenshot({ path: join(folder, `${name}.png`), clip: { x: 0, y: 0, ...size } });
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
