import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A phone's width. */
export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1_100, height: 800 };

/** What axe finds of serious or critical impact: the rule, and where. Scripts that run in the page are text: the project is compiled without the names of the web. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate<string[]>(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => id + ': ' + help + ': ' + target.join(' '))))`);
}

/** What is wrong with headings, tables and times. */
export async function structureFaults(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const text = (element) => (element?.textContent ?? '').trim().replaceAll(/\\s+/g, ' ').slice(0, 60);
    const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((each) => [Number(each.tagName[1]), text(each)]);
    return [
      ...(levels.filter(([level]) => level === 1).length === 1 && levels[0][0] === 1 ? [] : ['not one h1, at the top']),
      ...levels.flatMap(([level, of], i) => (i > 0 && level > levels[i - 1][0] + 1 ? ['heading skips a level: ' + of] : [])),
      ...[...document.querySelectorAll('table')].flatMap((table) => text(table.caption) ? [] : ['table without a caption: ' + text(table)]),
      ...[...document.querySelectorAll('th')].flatMap((cell) => cell.scope ? [] : ['th without scope: ' + text(cell)]),
      ...[...document.querySelectorAll('time')].flatMap((time) =>
        Number.isNaN(Date.parse(time.dateTime)) ? ['time without an instant: ' + text(time)] : []),
      ...(document.querySelector('[style], style, script:not([src])') ? ['style or script within the page'] : []),
    ];
  })()`);
}

/** What stands out of the width of the window and does not scroll by itself. */
export async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.body.querySelectorAll('*')].filter((each) =>
      each.getBoundingClientRect().right > clientWidth + 1 && !each.closest('.scroll') && each.getClientRects().length > 0);
    return [scrollWidth + ' px: ' + wide.slice(-3).map((each) => each.tagName + '.' + each.className).join(', ')];
  })()`);
}

interface Stop {
  readonly name: string;
  readonly isBody: boolean;
  readonly isSeen: boolean;
  /** Its place among all that can have the focus; -1: none of them. */
  readonly index: number;
}

const CAN_HAVE_FOCUS = `[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
  .filter((each) => !each.disabled && each.checkVisibility())`;

/** Walks through the page with Tab alone: what cannot be reached, is not seen to have the focus, or does not let go. */
export async function keyboardFaults(page: Page): Promise<string[]> {
  const names = await page.evaluate<string[]>(
    `${CAN_HAVE_FOCUS}.map((each) => each.type === 'radio' ? '' : (each.tagName + ' ' + (each.textContent.trim() || each.name || '')).replaceAll(/\\s+/g, ' ').slice(0, 60))`,
  );
  await page.evaluate('document.activeElement?.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)');
  const reached = new Set<number>();
  const unseen: string[] = [];
  // The day, the month and the year of a date are stops of their own.
  for (let i = 0; i <= 5 * names.length + 1; i++) {
    await page.keyboard.press('Tab');
    const stop = await focused(page);
    if (stop.isBody || (reached.has(stop.index) && stop.index === 0)) break;
    if (!stop.isSeen) unseen.push(`focus is not seen: ${stop.name}`);
    reached.add(stop.index);
  }
  const missed = names
    .filter((name, index) => name !== '' && !reached.has(index))
    .map((name) => `not reached: ${name}`);
  return [...unseen, ...missed];
}

function focused(page: Page): Promise<Stop> {
  return page.evaluate<Stop>(`(() => {
    const each = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    return {
      name: (each.tagName + ' ' + each.textContent).trim().replaceAll(/\\s+/g, ' ').slice(0, 60),
      isBody: each === document.body,
      isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0,
      index: ${CAN_HAVE_FOCUS}.indexOf(each),
    };
  })()`);
}

/** What is written in English on a page that is not; what is marked as English, and what is code, may be. */
export async function englishWords(page: Page): Promise<string[]> {
  const text = await page.evaluate<string>(`(() => {
    const copy = document.body.cloneNode(true);
    copy.querySelectorAll('[lang=en], code, pre, script, .key, textarea').forEach((each) => each.remove());
    return copy.textContent.replaceAll(/\\s+/g, ' ');
  })()`);
  const words =
    /\S+ \b(?:the|they|their|them|is|was|were|been|not|when|until|which|told|sent|with|and|of|next|none|days)\b \S+/gi;
  return [...new Set(text.match(words))];
}
