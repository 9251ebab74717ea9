import type { Words } from './en.ts';
import { effect } from './effect.ts';
import { frame } from './frame.ts';
import { rules } from './rules.ts';
import { sweeps } from './sweeps.ts';
import { today } from './today.ts';

export const nb: Words = { frame: frame.nb, rules: rules.nb, today: today.nb, sweeps: sweeps.nb, effect: effect.nb };
