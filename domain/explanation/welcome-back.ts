import { welcomeBackInEnglish } from './en/welcome-back.ts';
import type { InLanguages } from './language.ts';
import { welcomeBackInNorwegian } from './nb/welcome-back.ts';
import { countsFrom, explainIn, numberOf, textOf, type ScenarioWords } from './why.ts';

export interface WelcomeBackWords extends ScenarioWords<'gap_days' | 'recent_days'> {
  readonly noReturn: (recentDays: number, gapDays: number) => string;
  readonly back: (date: string, days: number) => string;
  /** `back`: as {@link back}. */
  readonly isWelcomed: (back: string) => string;
  readonly untilTheyReturn: (gapDays: number) => string;
  readonly untilTheyReturnAgain: (gapDays: number) => string;
}

export const welcomeBackWords: InLanguages<WelcomeBackWords> = {
  en: welcomeBackInEnglish,
  nb: welcomeBackInNorwegian,
};

export const whyWelcomeBack = explainIn(welcomeBackWords, (say, [potential], context) => {
  const facts = potential?.facts ?? {};
  const returned = textOf(facts['returned_on']);
  const gap = numberOf(facts['gap_days']) ?? 0;
  if (returned === null)
    return { why: say.noReturn(numberOf(facts['recent_days']) ?? 0, gap), until: say.untilTheyReturn(gap) };
  const back = say.back(context.clock.date(returned), numberOf(facts['gap']) ?? 0);
  if (potential?.due) return { why: back, until: null };
  const until = say.untilTheyReturnAgain(gap);
  if (facts['told'] === true) return { why: say.isWelcomed(back), until };
  return { why: context.startsOn === null ? back : countsFrom(back, context, context.startsOn), until };
});
