import { frame } from './frame.ts';
import { today } from './today.ts';

/** All that the console says, a page at a time. */
export const en = { frame: frame.en, today: today.en };

export type Words = typeof en;
