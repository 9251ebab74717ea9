import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { firstDayOf, isoDay, yearOf, type Day } from './calendar.ts';
import type { Terms } from './places.ts';
import { between, type Random } from './random.ts';

export interface SketchedCertificate {
  readonly type: string;
  readonly expires: Day;
}

/** A notification of the past. */
export interface SketchedRecord {
  readonly scenarioType: ScenarioType;
  /** Its evaluation date. */
  readonly day: Day;
  readonly occurrence: string;
  /** Follows the date in the idempotency key. */
  readonly keySuffix: string;
  readonly milestone?: { readonly year: number; readonly value: number };
}

export interface SketchedDevice {
  readonly platform: 'android' | 'ios' | 'web';
  /** `dead`: the push service knows it no more. `invalidated`: we know that already. */
  readonly state: 'alive' | 'dead' | 'invalidated';
}

/** What surrounds a mentor: the date where they are, and the rules of their chapter. */
export interface Surroundings {
  readonly random: Random;
  readonly today: Day;
  readonly terms: Terms;
  readonly certificateTypes: readonly string[];
  /** The id that their certificate number `index` will have. */
  readonly certificateId: (index: number) => string;
}

/** One mentor in the making: a portrait draws into it, rows are made of it. */
export class MentorSketch {
  readonly around: Surroundings;
  joined: Day;
  status: 'active' | 'inactive' = 'active';
  hasChapter = true;
  /** In ascending order. */
  activities: Day[] = [];
  certificates: SketchedCertificate[] = [];
  records: SketchedRecord[] = [];
  devices: SketchedDevice[] | null = null;
  optedOutOf: ScenarioType[] = [];
  /** Thresholds of this year that they have reached without a notification. */
  untoldMilestones = 0;

  constructor(around: Surroundings) {
    this.around = around;
    this.joined = around.today - between(around.random, 420, 2_000);
  }

  /** Regular sessions, the last one so many days ago, back to `since`; never a gap that would count as a pause. */
  active(lastDaysAgo: number, since: Day = this.around.today - 240): void {
    const { random, today, terms } = this.around;
    const longestGap = Math.max(1, Math.min(terms.gapDays - 1, between(random, 8, 25)));
    const days: Day[] = [];
    for (let day = today - lastDaysAgo; day >= Math.max(since, this.joined); day -= between(random, 1, longestGap))
      days.unshift(day);
    this.activities = [...this.activities.filter((day) => day < since), ...days];
  }

  /** So many sessions in this year, however young the year is: on a busy day there is more than one. */
  busyYear(sessions: number): void {
    const { random, today } = this.around;
    const first = firstDayOf(yearOf(today));
    // The year before ends with a session, so that no pause lies between.
    const days = Array.from({ length: sessions - 1 }, () => between(random, first, today));
    this.activities = [...[...days, today - Math.min(3, today - first)].sort((a, b) => a - b)];
  }

  sessionsIn(year: number): Day[] {
    return this.activities.filter((day) => yearOf(day) === year && day <= this.around.today);
  }

  told(scenarioType: ScenarioType, day: Day, occurrence = '', keySuffix = ''): void {
    this.records.push({ scenarioType, day, occurrence, keySuffix });
  }

  /** Adds a certificate and returns its index. */
  holds(type: string, expires: Day): number {
    return this.certificates.push({ type, expires }) - 1;
  }

  toldOfCertificate(index: number, leadDays: number, day: Day, expires = this.certificates[index]!.expires): void {
    const id = this.around.certificateId(index);
    this.told('certification_expiry', day, `${id}:${isoDay(expires)}:${leadDays}`, `:${id}:${leadDays}`);
  }

  /** Records for every milestone of this year but the last `untoldMilestones`, on the day each was reached. */
  tellOfMilestones(): void {
    const year = yearOf(this.around.today);
    const sessions = this.sessionsIn(year);
    const reached = this.around.terms.thresholds.filter((value) => value <= sessions.length);
    for (const value of reached.slice(0, reached.length - this.untoldMilestones)) {
      const day = Math.min(sessions[value - 1]!, this.around.today - 1);
      this.records.push({
        scenarioType: 'milestone',
        day,
        occurrence: `${year}:${value}`,
        keySuffix: `:${value}`,
        milestone: { year, value },
      });
    }
  }
}
