import { describeBraked } from '../../brake.ts';
import type { WaitPhrases } from '../wait.ts';

export const waitsInEnglish: WaitPhrases = {
  later: 'later',
  forEndOfHalt: (note) => `all sending is halted ("${note}") until somebody ends the halt`,
  forBrake: (braked, then) =>
    `its sweep is braked (${describeBraked(braked)}) until somebody resumes or stops it; without an answer it is withdrawn ${then}`,
  forHours: (then) => `their hours begin ${then}`,
  forPushService: (code, then) => `the push service is closed (${code ?? 'trouble'}), tried next ${then} or later`,
  forNextAttempt: (then) => `tried next ${then}`,
  forWorker: 'tried as soon as a worker takes it up',
  forDecision:
    'it may have arrived, and an operator has to decide whether it did ("scenario-push held settle" or "held release")',
};
