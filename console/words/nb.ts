import type { Words } from './en.ts';
import { frame } from './frame.ts';

export const nb: Words = { frame: frame.nb };
