import type { WelcomeBackWords } from '../welcome-back.ts';
import { count } from './amounts.ts';

export const welcomeBackInEnglish: WelcomeBackWords = {
  title: 'Welcome back',
  parameters: {
    gap_days: {
      label: 'Days of the break',
      help: 'They are greeted after a break of at least so many days.',
    },
    recent_days: {
      label: 'Days since the return',
      help: 'They are greeted at most so many days after they were active again. 0: only on the same day.',
    },
  },
  noReturn: (recent, gap) =>
    `no return ${recent === 0 ? 'today' : `in the last ${count(recent, 'day')}`} from ${breakOf(gap)}`,
  back: (date, days) => `back on ${date} after ${count(days, 'day')}`,
  isWelcomed: (back) => `${back}, and welcomed for it already`,
  untilTheyReturn: (gap) => `they come back from ${breakOf(gap)}`,
  untilTheyReturnAgain: (gap) => `they come back from another break of ${count(gap, 'day')} or more`,
};

function breakOf(days: number): string {
  return `a break of ${count(days, 'day')} or more`;
}
