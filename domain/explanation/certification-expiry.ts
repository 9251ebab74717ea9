import { certificationExpiryInEnglish } from './en/certification-expiry.ts';
import type { InLanguages } from './language.ts';
import { certificationExpiryInNorwegian } from './nb/certification-expiry.ts';
import {
  countsFrom,
  explainIn,
  numberOf,
  numbersOf,
  textOf,
  type Potential,
  type RuleScope,
  type ScenarioWords,
  type Why,
} from './why.ts';

export interface CertificationExpiryWords extends ScenarioWords<'lead_days'> {
  readonly none: Why;
  /** Stands for one without a name. */
  readonly aCertificate: string;
  readonly neverExpires: (name: string) => string;
  readonly expires: (name: string, date: string, daysLeft: number) => string;
  /** `expires`: as {@link expires}. */
  readonly isRenewed: (expires: string, until: string) => string;
  readonly wasTold: (expires: string, daysBefore: number) => string;
  /** `leads`: in descending order. */
  readonly notifies: (expires: string, scope: RuleScope, leads: readonly number[]) => string;
  readonly untilAnother: string;
}

export const certificationExpiryWords: InLanguages<CertificationExpiryWords> = {
  en: certificationExpiryInEnglish,
  nb: certificationExpiryInNorwegian,
};

export const whyCertificationExpiry = explainIn(certificationExpiryWords, (say, potential, context) => {
  const certificate = mostUrgent(potential);
  if (!certificate) return say.none;
  const { facts } = certificate;
  const left = numberOf(facts['days_left']);
  const name = textOf(facts['certification_type']) ?? say.aCertificate;
  if (left === null) return { why: say.neverExpires(name), until: say.untilAnother };
  const until = certificate.due || certificate.due_at !== null ? null : say.untilAnother;
  const expires = say.expires(name, context.clock.date(String(facts['expires_on'])), left);
  const renewed = textOf(facts['renewed_until']);
  if (renewed !== null) return { why: say.isRenewed(expires, context.clock.date(renewed)), until };
  const leads = numbersOf(facts['lead_days']).toSorted((a, b) => b - a);
  const told = numberOf(facts['smallest_lead_told']);
  const lead = numberOf(facts['lead']);
  if (!certificate.due && lead !== null && (told === null || told > lead) && context.startsOn !== null)
    return { why: countsFrom(expires, context, context.startsOn), until };
  const soFar = told !== null && !certificate.due ? say.wasTold(expires, told) : expires;
  return { why: say.notifies(soFar, context.scope, leads), until };
});

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
