import { frame } from './frame.ts';
import { sweeps } from './sweeps.ts';
import { today } from './today.ts';

/** All that the console says, a page at a time. */
export const en = { frame: frame.en, today: today.en, sweeps: sweeps.en };

export type Words = typeof en;
