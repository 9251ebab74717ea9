/** Microseconds since 1970, as PostgreSQL keeps an instant. */
export type Micros = bigint;
/** A calendar date, `YYYY-MM-DD`. */
export type IsoDate = string;

export interface Organization {
  readonly id: string;
  readonly timezone: string;
}
export interface Chapter {
  readonly id: string;
  readonly organization_id: string | null;
}
export interface User {
  readonly id: string;
  readonly chapter_id: string | null;
  readonly role: string;
  readonly status: string;
  readonly timezone: string | null;
  readonly created_at: Micros;
}
export interface Activity {
  readonly user_id: string;
  readonly activity_date: IsoDate;
}
export interface AnnualSummary {
  readonly user_id: string;
  readonly year: number;
  readonly session_count: number;
  readonly computed_at: Micros;
}
export interface Certification {
  readonly id: string;
  readonly user_id: string;
  readonly certification_type: string;
  readonly expires_on: IsoDate;
}
export interface DeviceToken {
  readonly user_id: string;
  readonly token: string;
  readonly platform: string;
  readonly invalidated: boolean;
}
export interface Preference {
  readonly user_id: string;
  readonly scenario_type: string;
  readonly enabled: boolean;
}
export interface Rule {
  readonly id: string;
  readonly organization_id: string | null;
  readonly chapter_id: string | null;
  readonly scenario_type: string;
  readonly enabled: boolean;
  readonly cooldown_minutes: number;
  readonly starts_on: IsoDate | null;
  /** As JSON text: 30.0 stays what it is. */
  readonly parameters: string;
}
export interface Policy {
  readonly organization_id: string | null;
  readonly chapter_id: string | null;
  /** `HH:MM:SS`, as `send_until`. */
  readonly send_from: string;
  readonly send_until: string;
  readonly max_notifications: number | null;
  readonly per_days: number;
}
/** What was told: a row of scenario_notifications. */
export interface Told {
  readonly user_id: string;
  readonly scenario_type: string;
  readonly triggered_at: Micros;
  readonly dispatched_at: Micros;
  readonly evaluation_date: IsoDate;
  readonly milestone_year: number | null;
  readonly milestone_value: number | null;
  readonly occurrence: string;
  readonly idempotency_key: string;
}
export interface Claim {
  readonly user_id: string;
  readonly scenario_type: string;
  readonly occurrence: string;
  readonly idempotency_key: string;
  readonly state: string;
}

/** All that decides who is told what: the rows of the tables that section 3 of the contract speaks of. */
export interface Audience {
  readonly organizations: readonly Organization[];
  readonly chapters: readonly Chapter[];
  readonly users: readonly User[];
  readonly activities: readonly Activity[];
  readonly summaries: readonly AnnualSummary[];
  readonly certifications: readonly Certification[];
  readonly devices: readonly DeviceToken[];
  readonly preferences: readonly Preference[];
  readonly rules: readonly Rule[];
  readonly policies: readonly Policy[];
  readonly told: readonly Told[];
  readonly claims: readonly Claim[];
}
