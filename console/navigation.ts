import type { Reader } from './reader.ts';
import type { Words } from './words/en.ts';

export type PageName = keyof Words['frame']['pages'];

/** The pages that the navigation names, in its order. */
const PAGES: readonly { readonly name: PageName; readonly href: string; readonly operatorOnly?: true }[] = [
  { name: 'today', href: '/' },
  { name: 'mentors', href: '/mentors' },
  { name: 'chapters', href: '/chapters' },
  { name: 'rules', href: '/rules' },
  { name: 'held', href: '/held', operatorOnly: true },
  { name: 'sweeps', href: '/sweeps', operatorOnly: true },
  { name: 'effect', href: '/effect' },
];

export function navigationOf(reader: Reader): readonly { readonly name: PageName; readonly href: string }[] {
  return PAGES.filter(({ operatorOnly }) => !operatorOnly || reader.kind === 'operator');
}
