import type { Page } from 'playwright-core';

/** Of each there can be thousands, all made alike. */
const MOST_KINDS = 60;

/**
 * Follows the links from the page that is open, and gives one address of each kind of page, by its pattern: `/mentors/:id`.
 * What lies elsewhere, and what only changes the language, is left alone.
 */
export async function kindsOfPages(page: Page, origin: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const ahead = [new URL(page.url()).pathname];
  while (ahead.length > 0) {
    const path = ahead.shift()!;
    const kind = patternOf(path);
    if (found.has(kind)) continue;
    found.set(kind, path);
    if (found.size > MOST_KINDS) throw new Error(`more kinds of pages than expected: ${[...found.keys()].join(' ')}`);
    const answer = await page.goto(new URL(path, origin).href);
    // Whoever has not signed in is asked to, with 401.
    const status = answer?.status() ?? 0;
    if (status !== 200 && status !== 401) throw new Error(`a link leads to ${path}, which answers ${status}`);
    const links = await page.evaluate<string[]>(`[...document.querySelectorAll('a[href]')].map((each) => each.href)`);
    ahead.push(
      ...links
        .filter((link) => link.startsWith(origin))
        .map((link) => link.slice(origin.length - 1))
        .filter(isPage),
    );
  }
  return found;
}

function isPage(path: string): boolean {
  return !path.startsWith('/language/');
}

/** Ids, keys and instants stand for any, and so do the values of a query. */
function patternOf(path: string): string {
  const { pathname, searchParams } = new URL(path, 'http://console');
  const segments = pathname.split('/').map((segment) => (/\d/.test(segment) || segment.length > 30 ? ':id' : segment));
  const query = [...searchParams.keys()].toSorted().join('&');
  return segments.join('/') + (query === '' ? '' : `?${query}`);
}
