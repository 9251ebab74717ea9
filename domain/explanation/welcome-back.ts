import { count } from './amounts.ts';
import { countsFrom, numberOf, textOf, type Potential, type Why, type WhyContext } from './why.ts';

export function whyWelcomeBack([potential]: readonly Potential[], context: WhyContext): Why {
  const facts = potential?.facts ?? {};
  const returned = textOf(facts['returned_on']);
  const breakOf = `${count(numberOf(facts['gap_days']) ?? 0, 'day')} or more`;
  const until = `they come back from another break of ${breakOf}`;
  if (returned === null) {
    const recent = numberOf(facts['recent_days']) ?? 0;
    return {
      why: `no return ${recent === 0 ? 'today' : `in the last ${count(recent, 'day')}`} from a break of ${breakOf}`,
      until: `they come back from a break of ${breakOf}`,
    };
  }
  const back = `back on ${context.clock.date(returned)} after ${count(numberOf(facts['gap']) ?? 0, 'day')}`;
  if (potential?.due) return { why: back, until: null };
  if (facts['told'] === true) return { why: `${back}, and welcomed for it already`, until };
  return { why: context.startsOn === null ? back : `${back}; ${countsFrom(context, context.startsOn)}`, until };
}
