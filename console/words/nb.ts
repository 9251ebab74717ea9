import { chapters } from './chapters.ts';
import { effect } from './effect.ts';
import type { Words } from './en.ts';
import { frame } from './frame.ts';
import { held } from './held.ts';
import { mentors } from './mentors.ts';
import { rules } from './rules.ts';
import { sweeps } from './sweeps.ts';
import { today } from './today.ts';

export const nb: Words = {
  frame: frame.nb,
  today: today.nb,
  mentors: mentors.nb,
  chapters: chapters.nb,
  rules: rules.nb,
  held: held.nb,
  sweeps: sweeps.nb,
  effect: effect.nb,
};
