import type { Words } from './en.ts';
import { frame } from './frame.ts';
import { sweeps } from './sweeps.ts';
import { today } from './today.ts';

export const nb: Words = { frame: frame.nb, today: today.nb, sweeps: sweeps.nb };
