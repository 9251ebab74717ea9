import type { Activity, AnnualSummary, Certification, Micros, Told, User } from './audience.ts';
import { dateIn, dayNumber, isoDate, type DayNumber } from './calendar.ts';
import type {
  CertificationExpiryParameters,
  InactivityParameters,
  KnownType,
  MilestoneParameters,
  Parameters,
  WelcomeBackParameters,
} from './parameters.ts';

/** One mentor, with what is known of her, on the date of the evaluation. */
export interface Mentor {
  readonly user: User;
  readonly timezone: string;
  readonly asOf: Micros;
  readonly today: DayNumber;
  /** What arose before is no candidate; null: whatever there is. */
  readonly startsOn: DayNumber | null;
  readonly activities: readonly Activity[];
  readonly summaries: readonly AnnualSummary[];
  readonly certifications: readonly Certification[];
  /** Her records of the scenario type. */
  readonly told: readonly Told[];
}

export interface Due {
  readonly occurrence: string;
  /** Follows the date in the idempotency key. */
  readonly suffix: string;
}

/** For each scenario type: what a mentor is to be told, if nothing stands in the way. In the order of sending. */
export const DUE: { [T in KnownType]: (mentor: Mentor, parameters: Parameters[T]) => Due[] } = {
  inactivity,
  milestone,
  certification_expiry: certificationExpiry,
  welcome_back: welcomeBack,
};

/** A day that nobody knows lies before any. */
function aroseTooEarly({ startsOn }: Mentor, day: DayNumber | undefined): boolean {
  return startsOn !== null && (day === undefined || day < startsOn);
}

function activeDays({ activities, today }: Mentor): DayNumber[] {
  const days: DayNumber[] = [];
  for (const { activity_date } of activities) {
    const day = dayNumber(activity_date);
    if (day <= today) days.push(day);
  }
  return days;
}

function inactivity(mentor: Mentor, { inactive_days, max_reminders }: InactivityParameters): Due[] {
  const days = activeDays(mentor);
  const lastActivity =
    days.length > 0 ? Math.max(...days) : dayNumber(dateIn(mentor.timezone, mentor.user.created_at) as string);
  if (mentor.today - lastActivity < inactive_days) return [];
  if (aroseTooEarly(mentor, lastActivity + inactive_days)) return [];
  let reminders = 0;
  for (const record of mentor.told) {
    if (dayNumber(record.evaluation_date) > lastActivity) reminders++;
  }
  if (max_reminders !== null && reminders >= max_reminders) return [];
  return [{ occurrence: '', suffix: '' }];
}

const HOUR = 3_600_000_000n;

function milestone(mentor: Mentor, { thresholds, summary_max_age_hours }: MilestoneParameters): Due[] {
  const year = Number(isoDate(mentor.today).slice(0, 4));
  const daysOfYear = activeDays(mentor)
    .filter((day) => day >= dayNumber(`${year}-01-01`))
    .sort((a, b) => a - b);
  let sessions: number | null = null;
  for (const summary of mentor.summaries) {
    if (summary.year !== year || summary.computed_at > mentor.asOf) continue;
    const age = mentor.asOf - summary.computed_at;
    if (summary_max_age_hours === null || age <= BigInt(summary_max_age_hours) * HOUR) sessions = summary.session_count;
  }
  if (sessions === null) {
    sessions = daysOfYear.length;
  }
  const due: Due[] = [];
  for (const threshold of thresholds) {
    if (sessions < threshold) break;
    if (aroseTooEarly(mentor, daysOfYear[threshold - 1])) continue;
    const occurrence = `${year}:${threshold}`;
    const told = mentor.told.some(
      (record) =>
        (record.milestone_year === year && record.milestone_value === threshold) || record.occurrence === occurrence,
    );
    if (!told) due.push({ occurrence, suffix: `:${threshold}` });
  }
  return due;
}

/** Of those that have not run out, the next to do so. */
const MOST_CERTIFICATES = 50;

function certificationExpiry(mentor: Mentor, { lead_days }: CertificationExpiryParameters): Due[] {
  const due: (Due & { left: number })[] = [];
  const next = mentor.certifications
    .filter((certificate) => dayNumber(certificate.expires_on) >= mentor.today)
    .toSorted((a, b) => dayNumber(a.expires_on) - dayNumber(b.expires_on) || (a.id < b.id ? -1 : 1));
  for (const certificate of next.slice(0, MOST_CERTIFICATES)) {
    const left = dayNumber(certificate.expires_on) - mentor.today;
    const renewed = mentor.certifications.some(
      (other) =>
        other.certification_type === certificate.certification_type && other.expires_on > certificate.expires_on,
    );
    if (renewed) continue;
    const leads = lead_days.filter((lead) => lead >= left);
    if (leads.length === 0) continue;
    const lead = Math.min(...leads);
    if (aroseTooEarly(mentor, dayNumber(certificate.expires_on) - lead)) continue;
    const told = mentor.told.some((record) => {
      const [id, expiry, toldLead, ...more] = record.occurrence.split(':');
      return (
        id === certificate.id &&
        expiry === certificate.expires_on &&
        more.length === 0 &&
        toldLead !== undefined &&
        /^[0-9]{1,10}$/.test(toldLead) &&
        Number(toldLead) <= lead
      );
    });
    if (told) continue;
    due.push({
      left,
      occurrence: `${certificate.id}:${certificate.expires_on}:${lead}`,
      suffix: `:${certificate.id}:${lead}`,
    });
  }
  return due.sort((a, b) => a.left - b.left || (a.occurrence < b.occurrence ? -1 : 1));
}

function welcomeBack(mentor: Mentor, { gap_days, recent_days }: WelcomeBackParameters): Due[] {
  const days = activeDays(mentor);
  let latestReturn: DayNumber | null = null;
  for (const day of days) {
    if (day < mentor.today - recent_days) continue;
    const earlier = days.filter((other) => other < day);
    if (earlier.length === 0 || day - Math.max(...earlier) < gap_days) continue;
    if (latestReturn === null || day > latestReturn) latestReturn = day;
  }
  if (latestReturn === null || aroseTooEarly(mentor, latestReturn)) return [];
  const occurrence = isoDate(latestReturn);
  if (mentor.told.some((record) => record.occurrence === occurrence)) return [];
  return [{ occurrence, suffix: '' }];
}
