import type { Words } from './en.ts';
import { frame } from './frame.ts';
import { today } from './today.ts';

export const nb: Words = { frame: frame.nb, today: today.nb };
