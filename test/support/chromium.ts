import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { createFolder } from './folder.ts';
import { mustClose } from './leaks.ts';

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

/** The Chromium of this machine: CHROMIUM_PATH, or the first on PATH; null where there is none. */
export function findChromium(env: NodeJS.ProcessEnv): string | null {
  if (env['CHROMIUM_PATH']) return env['CHROMIUM_PATH'];
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const candidates = (env['PATH'] ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

/** What a suite that needs one adds to its name, and says aloud: Jest does not name what it skips unless it is asked to. */
export function withoutChromium(what: string, executablePath: string | null): string {
  if (executablePath) return '';
  const notTested = ' (NOT TESTED: no Chromium here; install it, or set CHROMIUM_PATH)';
  process.stderr.write(`SKIPPED: ${what}${notTested}\n`);
  return notTested;
}

export interface Chromium {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** A headless browser with a profile of its own, which is removed with it. To be closed in `afterAll`. */
export async function launchChromium(
  executablePath: string,
  options: {
    readonly viewport: { readonly width: number; readonly height: number };
    readonly locale?: string;
    readonly timezoneId?: string;
    readonly javaScriptEnabled?: boolean;
  },
): Promise<Chromium> {
  const profile = createFolder();
  const context = await chromium.launchPersistentContext(join(profile.path, 'profile'), {
    executablePath,
    headless: true,
    args: QUIETLY,
    colorScheme: 'light',
    ...options,
  });
  const closed = mustClose('browser (call close() in afterAll)');
  return {
    context,
    async close() {
      await context.close();
      profile.remove();
      closed();
    },
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
