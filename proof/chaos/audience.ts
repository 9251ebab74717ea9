import type pg from 'pg';
import { DAY } from '../../domain/durations.ts';
import { between, randomStream, seededId, type Random } from '../../local/sample-data/random.ts';

/** What every device token of a run contains, to find it again where it must not be. */
export const TOKEN_MARK = 'chaos-device-token';

interface Sketch {
  /** Days before the instant. */
  readonly activities: readonly number[];
  readonly sessions?: number;
  /** Days until each certificate expires. */
  readonly certificates?: readonly number[];
}

/** How many of each; what is due stays due on the day before and after. */
const SKETCHES: readonly { readonly mentors: number; readonly sketch: (random: Random) => Sketch }[] = [
  { mentors: 80, sketch: (random) => ({ activities: [between(random, 40, 300)] }) },
  { mentors: 30, sketch: (random) => ({ activities: [10], sessions: between(random, 50, 250) }) },
  { mentors: 40, sketch: (random) => ({ activities: [12], certificates: [between(random, 10, 28)] }) },
  { mentors: 10, sketch: () => ({ activities: [12], certificates: [20, 50] }) },
  { mentors: 50, sketch: () => ({ activities: [3, 60] }) },
  { mentors: 30, sketch: () => ({ activities: [5, 15] }) },
];
const ODD = 12;

export interface AudienceOptions {
  readonly seed: number;
  readonly asOf: Date;
  readonly policy: string;
  /** How many times as many mentors. @default 1 */
  readonly times?: number;
  /** Further mentors with nothing due. @default 0 */
  readonly idle?: number;
  /** @default 3 */
  readonly devicesAtMost?: number;
}

/**
 * Some 250 mentors with something due for most of them, more than 200 notifications in all; each has one to three
 * devices. A few are opted out or without a device. Follows from seed and instant.
 */
export async function loadAudience(
  pool: pg.Pool,
  { seed, asOf, policy, times = 1, idle = 0, devicesAtMost = 3 }: AudienceOptions,
): Promise<void> {
  const random = randomStream(seed, 1);
  const date = (days: number) => new Date(asOf.getTime() - days * DAY).toISOString().slice(0, 10);
  const hourAgo = new Date(asOf.getTime() - DAY / 24);
  const rows = {
    users: [] as unknown[],
    activities: [] as unknown[],
    summaries: [] as unknown[],
    certificates: [] as unknown[],
    devices: [] as unknown[],
    preferences: [] as unknown[],
  };
  const organization = seededId(seed, 'organization');
  const chapters = [1, 2, 3, 4].map((n) => ({
    id: seededId(seed, 'chapter', n),
    organization_id: organization,
    name: `Chapter ${n}`,
  }));
  let n = 0;
  const sketches = [
    ...SKETCHES.map(({ mentors, sketch }) => ({ mentors: Math.round(mentors * times), sketch })),
    ...(idle > 0 ? [{ mentors: idle, sketch: (): Sketch => ({ activities: [5, 15] }) }] : []),
  ];
  for (const { mentors, sketch } of sketches) {
    for (let i = 0; i < mentors + ODD / SKETCHES.length; i++) {
      const id = seededId(seed, 'mentor', ++n);
      const { activities, sessions, certificates = [] } = sketch(random);
      rows.users.push({
        id,
        chapter_id: chapters[n % 4]!.id,
        role: 'peer_mentor',
        status: 'active',
        created_at: '2020-01-01T12:00:00Z',
      });
      for (const days of activities) rows.activities.push({ user_id: id, activity_date: date(days) });
      if (sessions)
        rows.summaries.push({
          user_id: id,
          year: Number(date(0).slice(0, 4)),
          session_count: sessions,
          computed_at: hourAgo,
        });
      certificates.forEach((days, c) =>
        rows.certificates.push({
          id: seededId(seed, 'certificate', n, c),
          user_id: id,
          certification_type: `type ${c}`,
          expires_on: date(-days),
        }),
      );
      const odd = i >= mentors ? (i - mentors) % 2 : null;
      if (odd === 0) rows.preferences.push({ user_id: id, scenario_type: 'inactivity', enabled: false });
      const devices = odd === 1 ? 0 : between(random, 1, devicesAtMost);
      for (let d = 0; d < devices; d++) {
        rows.devices.push({
          id: seededId(seed, 'device', n, d),
          user_id: id,
          token: `${TOKEN_MARK}-${seededId(seed, 'token', n, d)}`,
          platform: ['android', 'ios', 'web'][(n + d) % 3],
          registered_at: hourAgo,
        });
      }
    }
  }
  const insert = (table: string, columns: string, all: readonly unknown[]) =>
    pool.query(
      `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1)`,
      [JSON.stringify(all)],
    );
  await insert('organizations', 'id, name, timezone', [
    { id: organization, name: 'Organisation', timezone: 'Europe/Oslo' },
  ]);
  await insert('chapters', 'id, organization_id, name', chapters);
  await insert('users', 'id, chapter_id, role, status, created_at', rows.users);
  await insert('activities', 'user_id, activity_date', rows.activities);
  await insert('annual_summary', 'user_id, year, session_count, computed_at', rows.summaries);
  await insert('certifications', 'id, user_id, certification_type, expires_on', rows.certificates);
  await insert('device_tokens', 'id, user_id, token, platform, registered_at', rows.devices);
  await insert('notification_preferences', 'user_id, scenario_type, enabled', rows.preferences);
  await pool.query('update scenario_rules set on_unknown = $1', [policy]);
  await pool.query('analyze');
}
