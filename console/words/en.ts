import { chapters } from './chapters.ts';
import { effect } from './effect.ts';
import { frame } from './frame.ts';
import { held } from './held.ts';
import { mentors } from './mentors.ts';
import { rules } from './rules.ts';
import { sweeps } from './sweeps.ts';
import { today } from './today.ts';

/** All that the console says, a page at a time. */
export const en = {
  frame: frame.en,
  today: today.en,
  mentors: mentors.en,
  chapters: chapters.en,
  rules: rules.en,
  held: held.en,
  sweeps: sweeps.en,
  effect: effect.en,
};

export type Words = typeof en;
