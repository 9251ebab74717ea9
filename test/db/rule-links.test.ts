import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_LINK, usableLink } from '../../push/link.ts';
import { createDatabase } from '../support/database.ts';
import { chapter, rule } from '../support/factories.ts';

const database = await createDatabase();
afterAll(() => database.drop());

async function faultsOf(links: readonly unknown[]): Promise<(string | null)[]> {
  const { rows } = await database.pool.query<{ fault: string | null }>(
    `select scenario_push.link_fault(link) as fault
     from jsonb_array_elements($1::jsonb) with ordinality as t (link, place) order by place`,
    [JSON.stringify(links)],
  );
  return rows.map(({ fault }) => fault);
}

const LONGEST = `https://example.org/${'x'.repeat(MAX_LINK - 20)}`;

describe('a link is accepted, and goes out', () => {
  test.each([
    'https://example.org',
    'https://example.org/',
    'https://www.example.org:8443/a/b?c=d&e=%20#f',
    "https://x.example/it's(1)!*+,;=[2]@~_-.$",
    'myapp://profile',
    'no.org.app+x-1://a?b=c#d',
    'myapp://',
    LONGEST,
  ])('%s', async (link) => {
    expect(await faultsOf([link])).toEqual([null]);
    expect(usableLink(link)).toBe(link);
  });
});

describe('a link is refused in words, and does not go out', () => {
  test.each<[unknown]>([
    ['http://example.org'],
    ['https://'],
    ['https:///x'],
    ['https://user:secret@example.org'],
    ['https://10.0.0.1/x'],
    ['https://example.org:99999'],
    ['https://example.org\\@evil.org'],
    ['https://example.org/a b'],
    ['https://example.org/{days}'],
    ['https://example.org/ø'],
    ['https://example.org\n'],
    ['HTTPS://example.org'],
    ['javascript://%0aalert(1)'],
    ['javascript:alert(1)'],
    ['intent://x#Intent;end'],
    ['file:///etc/passwd'],
    ['mailto:a@example.org'],
    ['example.org'],
    ['//example.org'],
    [''],
    [`${LONGEST}x`],
    [null],
    [5],
    [['https://example.org']],
  ])('%j', async (link) => {
    expect(await faultsOf([link])).toEqual([
      expect.stringMatching(/^link: expected an https:\/\/ address, or one of /),
    ]);
    expect(usableLink(link)).toBeNull();
  });
});

test('what the database accepts goes out, and what it refuses does not', async () => {
  const piece = fc.constantFrom(
    'https://',
    'http://',
    'myapp://',
    'data://',
    'wss://',
    'https:',
    'example.org',
    'a',
    '-',
    '.',
    ':',
    '443',
    '0',
    '/',
    '?',
    '#',
    '@',
    '%',
    '%2',
    '[',
    ']',
    "'",
    ' ',
    '\\',
    '{',
    'xn--',
    'Ø',
    '\n',
    '1.2.3.4',
  );
  const drawn = fc.array(
    fc.array(piece, { maxLength: 6 }).map((all) => all.join('')),
    { minLength: 100, maxLength: 100 },
  );
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(drawn, async (links) => {
      const faults = await faultsOf(links);
      for (const [i, link] of links.entries()) {
        const goesOut = usableLink(link) !== null;
        // A name of a host in Punycode may be none: only a browser can tell, and the rule loses its link.
        if (!link.includes('xn--')) expect({ link, goesOut }).toEqual({ link, goesOut: faults[i] === null });
        else if (faults[i] !== null) expect({ link, goesOut }).toEqual({ link, goesOut: false });
        if (goesOut) accepted++;
      }
    }),
    { numRuns: 30 },
  );
  expect(accepted).toBeGreaterThan(50);
});

test('the table refuses a rule with such a link, and lets its other parameters be changed where an older one has it', async () => {
  const id = await rule(database.db, {
    scenarioType: 'inactivity',
    chapterId: await chapter(database.db),
    parameters: { link: 'myapp://activities' },
  });
  const set = (patch: object) =>
    database.pool.query('update scenario_rules set parameters = parameters || $2 where id = $1', [
      id,
      JSON.stringify(patch),
    ]);
  await expect(set({ link: 'http://example.org' })).rejects.toMatchObject({
    code: '23514',
    message: expect.stringMatching(
      /^scenario rule inactivity of chapter .*: link: expected .*, got "http:\/\/example\.org"$/,
    ),
  });
  await set({ link: 'https://example.org' });
  await set({ inactive_days: 20 });
});
