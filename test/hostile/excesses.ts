import { between, type Random } from '../../local/sample-data/random.ts';
import { device } from '../support/factories.ts';
import type { Place } from './place.ts';

const one = <T>(random: Random, all: readonly T[]): T => all[between(random, 0, all.length - 1)]!;

const TOKENS = ['', ' ', '\u0001\r\n: x', '\u0000', `"';--`, '\\u0000', '\u{1F701}'.repeat(1_024), 'x'.repeat(200_000)];
const TEXTS = [
  '',
  '\u0000',
  '\ud800',
  '{',
  "'{'",
  '{days, plural, other {#}}',
  '<b>',
  '\u202e',
  'x'.repeat(500),
  'x'.repeat(501),
];
const ZONES = [
  '',
  'UTC',
  'Antarctica/Troll',
  'Pacific/Kiritimati',
  'posix/Europe/Oslo',
  '../../etc/passwd',
  'EST5EDT',
  'x'.repeat(1_000_000),
];
const LOCALES = ['', 'xx', 'nb_NO', 'zh-Hant-CN-x-private', '\u{1F701}', 'en'.repeat(100_000)];
const DATES = ['infinity', '-infinity', '4713-01-01 BC', '5874897-12-31', '0001-01-01'];
const INSTANTS = ['infinity', '-infinity', '4713-01-01 BC', '294276-12-31'];
const NUMBERS = [0, 1, -1, 2_147_483_647, -2_147_483_648];

/** JSON as text: JavaScript's own would not let some of it through. */
const PARAMETERS: readonly ((random: Random) => string)[] = [
  () => '{}',
  () => '[]',
  () => 'null',
  () => `{"lead_days": [${[...Array(50).keys()].join()}]}`,
  () => `{"lead_days": [${[...Array(10_000).keys()].join()}]}`,
  () => `{"thresholds": [${[...Array(50).keys()].map((n) => n + 1).join()}]}`,
  () => '{"thresholds": [1e300]}',
  (random) => `{"inactive_days": ${one(random, [...NUMBERS, 1e300, 0.5])}, "max_reminders": null}`,
  (random) => JSON.stringify({ messages: { nb: { title: one(random, TEXTS), body: one(random, TEXTS) } } }),
  (random) =>
    JSON.stringify({ link: one(random, [...TEXTS, 'javascript:alert(1)', `https://x/${'y'.repeat(3_000)}`]) }),
  () => `{"x": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  () => `{"x": "${'y'.repeat(1_000_000)}"}`,
];

async function extremeRules(
  { random, signedIn }: Place,
  person: string,
  scope: 'chapter_id' | 'organization_id',
  id: string,
) {
  for (const type of ['inactivity', 'milestone', 'certification_expiry', 'welcome_back']) {
    for (const parameters of PARAMETERS) {
      await signedIn(
        person,
        `insert into scenario_rules (${scope}, scenario_type, cooldown_minutes, parameters, starts_on) values ($1, $2, $3, $4, $5)
         on conflict (organization_id, chapter_id, scenario_type) do update
         set parameters = excluded.parameters, cooldown_minutes = excluded.cooldown_minutes, starts_on = excluded.starts_on`,
        [id, type, one(random, NUMBERS), parameters(random), one(random, [null, null, ...DATES])],
      );
    }
  }
  for (let i = 0; i < 5; i++) {
    await signedIn(
      person,
      `insert into delivery_policies (${scope}, send_from, send_until, max_notifications, per_days) values ($1, $2, $3, $4, $5)
       on conflict (organization_id, chapter_id) do update
       set send_from = excluded.send_from, send_until = excluded.send_until, max_notifications = excluded.max_notifications, per_days = excluded.per_days`,
      [
        id,
        one(random, ['00:00', '23:59:59.999999', '24:00']),
        one(random, ['00:00', '24:00']),
        one(random, [null, ...NUMBERS]),
        one(random, [7, 3_650, ...NUMBERS]),
      ],
    );
  }
}

async function devicesThatAnswer(
  place: Place,
  answer: Parameters<Place['answers']>[1],
  devices: number,
  times?: number,
): Promise<string> {
  const id = await place.mentor();
  for (let n = 0; n < devices; n++) {
    const token = `refused-${id}-${n}`;
    await place.signedIn(id, `insert into device_tokens (user_id, token, platform) values ($1, $2, $3)`, [
      id,
      token,
      one(place.random, ['ios', 'web', 'android']),
    ]);
    place.answers(token, answer, times);
  }
  return id;
}

const refuse =
  (table: string, event: string, column: string) =>
  async ({ pool }: Place, id: string) => {
    const name = `refuse_${table}_${id.replaceAll('-', '')}`;
    await pool.query(`
    create function public.${name}() returns trigger language plpgsql as $$ begin
      if new.${column} = '${id}' then raise exception 'not this one'; end if; return new; end $$;
    create trigger ${name} before ${event} on ${table} for each row execute function public.${name}()`);
  };

/** Each kind of excess that policies and types allow, or that a table which was adopted may hold. */
export const EXCESSES: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  'a mentor registers thousands of devices in one statement': async ({ random, mentor, signedIn }) => {
    const id = await mentor();
    await signedIn(
      id,
      `insert into device_tokens (user_id, token, platform) select $1, 'many-' || $1::uuid || '-' || n, 'android' from generate_series(1, $2::int) n`,
      [id, between(random, 1_000, 3_000)],
    );
  },
  'a mentor registers tokens that are none': async ({ mentor, signedIn }) => {
    const id = await mentor();
    for (const token of TOKENS)
      await signedIn(id, `insert into device_tokens (user_id, token, platform) values ($1, $2, 'web')`, [id, token]);
  },
  'a mentor registers devices at the ends of time': async ({ mentor, signedIn }) => {
    const id = await mentor();
    for (const [n, at] of INSTANTS.entries())
      await signedIn(
        id,
        `insert into device_tokens (user_id, token, platform, registered_at, last_seen_at) values ($1, $2, 'ios', $3, $3)`,
        [id, `late-${id}-${n}`, at],
      );
  },
  'devices of a mentor answer 401': (place) =>
    devicesThatAnswer(place, 'third_party_auth', between(place.random, 20, 110)),
  'devices of a mentor answer 503': (place) => devicesThatAnswer(place, 'unavailable', between(place.random, 1, 20)),
  'devices of a mentor are of another sender, or invalid': async (place) => {
    await devicesThatAnswer(place, 'sender_mismatch', 20);
    await devicesThatAnswer(place, { answer: 'invalid_argument', says: 'x'.repeat(100_000) }, 20);
  },
  // More than a few: the project is closed for everybody each time, as its quota is everybody's.
  'a device answers 429 a few times': (place) =>
    devicesThatAnswer(place, { answer: 'quota', retry_after: 1 }, 1, between(place.random, 1, 3)),
  'a coordinator writes extreme rules and policies': async (place) => {
    const { id, chapterId } = await place.inCharge('coordinator');
    await extremeRules(place, id, 'chapter_id', chapterId);
  },
  'an administrator writes extreme rules and policies': async (place) => {
    const { id, organizationId } = await place.inCharge('administrator');
    await extremeRules(place, id, 'organization_id', organizationId);
  },
  'the server stores thousands of certificates of a mentor': async ({ random, mentor, server, asOf }) =>
    server(
      `insert into certifications (user_id, certification_type, expires_on) select $1, 'type ' || n, $3::date + 20 from generate_series(1, $2::int) n`,
      [await mentor(), between(random, 5_000, 10_000), asOf],
    ),
  'the server stores 100,000 activities of a mentor': async ({ mentor, server, asOf }) =>
    server(
      `insert into activities (user_id, activity_date) select $1, $2::date - n % 20000 from generate_series(1, 100000) n`,
      [await mentor(), asOf],
    ),
  'the server stores dates, years and counts at the ends of their types': async ({ mentor, server }) => {
    for (const date of DATES) {
      const id = await mentor();
      await server(`insert into activities (user_id, activity_date) values ($1, $2)`, [id, date]);
      await server(`insert into certifications (user_id, certification_type, expires_on) values ($1, 'x', $2)`, [
        id,
        date,
      ]);
    }
    for (const at of INSTANTS) {
      const id = await mentor();
      await server('update users set created_at = $2 where id = $1', [id, at]);
      for (const number of NUMBERS)
        await server('insert into annual_summary (user_id, year, session_count, computed_at) values ($1, $2, $3, $4)', [
          id,
          number,
          Math.abs(number),
          at,
        ]);
    }
  },
  'the server stores huge and odd texts': async ({ mentor, server, asOf }) => {
    const id = await mentor();
    for (const text of [...TEXTS, 'x'.repeat(1_000_000)])
      await server(
        `insert into certifications (user_id, certification_type, expires_on) values ($1, $2, $3::date + 20)`,
        [id, text, asOf],
      );
    for (const locale of LOCALES)
      await server('update users set locale = $2 where id = $1', [await withDevice(mentor, server), locale]);
  },
  'the server stores timezones that are none': async ({ mentor, inCharge, server }) => {
    for (const zone of ZONES) {
      await server('update users set timezone = $2 where id = $1', [await withDevice(mentor, server), zone]);
      const { organizationId } = await inCharge('coordinator');
      await server('update organizations set timezone = $2 where id = $1', [organizationId, zone]);
    }
  },
  'a table refuses to invalidate a device': async (place) => {
    await refuse('device_tokens', 'update', 'user_id')(place, await devicesThatAnswer(place, 'unregistered', 3));
  },
  'a table refuses the record of a mentor': async (place) => {
    const id = await withDevice(place.mentor, place.server);
    await refuse('scenario_notifications', 'insert', 'user_id')(place, id);
  },
  'a table refuses the log line of a mentor': async (place) => {
    const id = await withDevice(place.mentor, place.server);
    await refuse('follow_up_notification_log', 'insert', 'peer_mentor_id')(place, id);
  },
  'a mentor cannot be read': async (place) => {
    const id = await withDevice(place.mentor, place.server);
    await place.pool.query(`
      create function public.fails() returns boolean language plpgsql as $$ begin raise division_by_zero; end $$;
      alter policy "scenario-push worker reads" on activities using (case when user_id = '${id}' then public.fails() else true end)`);
  },
  'a table that was adopted holds hundreds of tokens of 200 KB': async ({ pool, mentor, db, random }) => {
    const id = await mentor();
    await pool.query(
      'alter table device_tokens drop constraint if exists device_tokens_token_key; alter table device_tokens disable trigger user',
    );
    await pool.query(
      `insert into device_tokens (user_id, token, platform) select $1, n || repeat('x', 200000), 'android' from generate_series(1, $2::int) n`,
      [id, between(random, 100, 300)],
    );
    await pool.query('alter table device_tokens enable trigger user');
    await device(db, id);
  },
  'a rule from before has 300,000 leads': async ({ pool, inCharge }) => {
    const { chapterId } = await inCharge('coordinator');
    await pool.query('alter table scenario_rules drop constraint scenario_rules_parameters_check');
    await pool.query(
      `insert into scenario_rules (chapter_id, scenario_type, cooldown_minutes, parameters)
       select $1, 'certification_expiry', 0, jsonb_build_object('lead_days', jsonb_agg(n)) from generate_series(1, 300000) n`,
      [chapterId],
    );
  },
};

async function withDevice(mentor: Place['mentor'], server: Place['server']): Promise<string> {
  const id = await mentor();
  await server(`insert into device_tokens (user_id, token, platform) values ($1, $2, 'android')`, [id, `token-${id}`]);
  return id;
}
