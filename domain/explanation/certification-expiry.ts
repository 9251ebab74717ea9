import { count, list } from './amounts.ts';
import { countsFrom, numberOf, numbersOf, textOf, type Potential, type Why, type WhyContext } from './why.ts';

export function whyCertificationExpiry(potential: readonly Potential[], context: WhyContext): Why {
  const certificate = mostUrgent(potential);
  if (!certificate) return { why: 'they hold no certificate that has yet to expire', until: 'they have one' };
  const { facts } = certificate;
  const left = numberOf(facts['days_left']);
  const name = textOf(facts['certification_type']) ?? 'a certificate';
  if (left === null) return { why: `${name} never expires`, until: 'they have another certificate' };
  const until = certificate.due || certificate.due_at !== null ? null : 'they have another certificate';
  const expires = `${name} expires on ${context.clock.date(String(facts['expires_on']))}, ${left === 0 ? 'today' : `in ${count(left, 'day')}`}`;
  const renewed = textOf(facts['renewed_until']);
  if (renewed !== null) return { why: `${expires}, and is renewed until ${context.clock.date(renewed)}`, until };
  const leads = numbersOf(facts['lead_days']).toSorted((a, b) => b - a);
  const told = numberOf(facts['smallest_lead_told']);
  const isTold = told !== null && !certificate.due ? `, and they were notified at ${count(told, 'day')}` : '';
  const lead = numberOf(facts['lead']);
  if (!certificate.due && lead !== null && (told === null || told > lead) && context.startsOn !== null)
    return { why: `${expires}; ${countsFrom(context, context.startsOn)}`, until };
  return { why: `${expires}${isTold}; ${context.rule} notifies ${list(leads)} days before`, until };
}

/** One that is due, else the next to be, else the next to expire. */
function mostUrgent(potential: readonly Potential[]): Potential | undefined {
  const leftOf = ({ facts }: Potential) => numberOf(facts['days_left']) ?? Infinity;
  const byUrgency = potential.toSorted(
    (a, b) =>
      Number(b.due) - Number(a.due) ||
      Number(a.due_at === null) - Number(b.due_at === null) ||
      (a.due_at !== null && b.due_at !== null ? compare(a.due_at, b.due_at) : leftOf(a) - leftOf(b)),
  );
  return byUrgency[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
