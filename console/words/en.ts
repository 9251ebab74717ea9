import { frame } from './frame.ts';

/** All that the console says, a page at a time. */
export const en = { frame: frame.en };

export type Words = typeof en;
