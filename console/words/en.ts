import { effect } from './effect.ts';
import { frame } from './frame.ts';
import { rules } from './rules.ts';
import { sweeps } from './sweeps.ts';
import { today } from './today.ts';

/** All that the console says, a page at a time. */
export const en = { frame: frame.en, rules: rules.en, today: today.en, sweeps: sweeps.en, effect: effect.en };

export type Words = typeof en;
