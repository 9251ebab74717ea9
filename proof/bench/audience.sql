-- An audience for a benchmark: the same rows for the same three values. Run by load-audience.ts in one transaction with
-- session_replication_role = replica: two million foreign keys that hold by construction are not looked up one by one.
--
-- in  mentors int; seed bigint; as_of timestamptz; due_percent float8 (0 to 60). Literals in the text: a function that reads a setting is not inlined,
--     and two million calls of one take ten seconds.

-- A number from 0 up to 1 that follows from the seed, the mentor and what it is for.
create function pg_temp.draw(mentor bigint, purpose bigint) returns float8 immutable language sql as $$
  select (hashint8extended(mentor, :'seed'::bigint * 1000003 + purpose) & 9007199254740991) / 9007199254740992.0::float8
$$;

create function pg_temp.id(kind text, number bigint) returns uuid immutable language sql as $$
  select md5(:'seed' || '/' || kind || '/' || number)::uuid
$$;

create function pg_temp.key(text) returns text immutable language sql as $$
  select encode(sha256(convert_to($1, 'UTF8')), 'hex')
$$;

insert into organizations (id, name, timezone)
select pg_temp.id('organization', n), 'Organisation ' || n, (array['Europe/Oslo', 'Europe/London', 'America/New_York', 'Asia/Tokyo'])[n]
from generate_series(1, 4) n;

-- Of 500 mentors each; half of the chapters are in the first organisation.
insert into chapters (id, organization_id, name)
select pg_temp.id('chapter', n), pg_temp.id('organization', case when n % 2 = 0 then 1 else 2 + n / 2 % 3 end), 'Chapter ' || n
from generate_series(0, greatest(8, :'mentors'::int / 500) - 1) n;

-- A chapter in ten has its own rule for inactivity, one in forty has it switched off.
insert into scenario_rules (id, chapter_id, scenario_type, enabled, cooldown_minutes, parameters)
select pg_temp.id('rule', n), pg_temp.id('chapter', n), 'inactivity', n % 40 <> 5, 20160, '{"inactive_days": 30, "max_reminders": 3}'
from generate_series(5, greatest(8, :'mentors'::int / 500) - 1, 10) n;

-- One row a mentor: what the tables below are made of.
--   kind  what she is due for, or a state that is not due:
--         dormant   silent for months, reminded three times
--         cooling   silent for five weeks, reminded a week ago
--         greeted   came back this week, welcomed already
--   n     activities: 6 to 200, on average 21, half of the mentors below 12
--   step  days between two of them, at most 28 with the jitter: no pause where none is meant
--   last  days since the latest
create temporary table mentor on commit drop as
select
  i,
  pg_temp.id('mentor', i) as id,
  c.id as chapter_id,
  (:'as_of'::timestamptz at time zone o.timezone)::date as today,
  k.kind,
  s.n,
  case
    when k.kind = 'milestone' then greatest(1, y.days) / s.n::float8
    else least(21, 350.0 / s.n)
  end as step,
  case
    when k.kind = 'milestone' then 0
    when k.kind = 'inactivity' then 30 + floor(6 * pg_temp.draw(i, 3))
    when k.kind = 'cooling' then 37 + floor(6 * pg_temp.draw(i, 3))
    when k.kind = 'dormant' then 75 + floor(285 * pg_temp.draw(i, 3))
    when k.kind in ('welcome_back', 'greeted') then floor(7 * pg_temp.draw(i, 3))
    else floor(25 * pg_temp.draw(i, 3))
  end::int as last,
  case when k.kind in ('welcome_back', 'greeted') then 30 + floor(40 * pg_temp.draw(i, 4)) else 0 end::int as pause
from generate_series(1, :'mentors'::bigint) i
cross join lateral (select pg_temp.draw(i, 1) as u, :'due_percent'::float8 / 100 as due) chance
cross join lateral (
  select case
    when u < chance.due * 0.40 then 'inactivity'
    when u < chance.due * 0.65 then 'milestone'
    when u < chance.due * 0.90 then 'certification_expiry'
    when u < chance.due * 1.05 then 'welcome_back'
    when u < chance.due * 1.05 + 0.003 then 'cooling'
    when u < chance.due * 1.05 + 0.008 then 'greeted'
    when u < chance.due * 1.05 + 0.24 then 'dormant'
    else 'active'
  end as kind
) k
join chapters c on c.id = pg_temp.id('chapter', i % greatest(8, :'mentors'::int / 500))
join organizations o on o.id = c.organization_id
cross join lateral (
  select case
    when k.kind = 'milestone' then 50 + floor(4 * pg_temp.draw(i, 2))
    else floor(6 / (pg_temp.draw(i, 2) + 0.03))
  end::int as n
) s
cross join lateral (
  select extract(doy from :'as_of'::timestamptz at time zone o.timezone)::int - 1 as days
) y;
analyze mentor;

insert into users (id, chapter_id, role, status, locale, created_at)
select
  id, chapter_id, 'peer_mentor',
  case when pg_temp.draw(i, 10) < 0.03 and kind = 'active' then 'inactive' else 'active' end,
  (array['nb', 'nb', 'nb', 'nn', 'en'])[1 + floor(5 * pg_temp.draw(i, 11))],
  :'as_of'::timestamptz - make_interval(days => 400 + floor(1000 * pg_temp.draw(i, 12))::int)
from mentor
order by i;

-- In the order of their dates, as they come in over the years: neighbours in the heap belong to different mentors.
create temporary table activity on commit drop as
select
  m.id as user_id,
  m.today - (m.last + case when k = 0 then 0 else m.pause end + floor(k * m.step + case when k > 0 and m.kind <> 'milestone' then m.step / 3 * pg_temp.draw(m.i * 1000 + k, 5) else 0 end))::int as activity_date
from mentor m
cross join lateral generate_series(0, m.n - 1) k;

insert into activities (id, user_id, activity_date, created_at)
select lpad(to_hex(row_number() over (order by activity_date, user_id)), 32, '0')::uuid, user_id, activity_date, activity_date + time '12:00'
from activity
order by activity_date, user_id;

-- Counted six hours ago for most, five days ago (and then behind) for some, for a tenth never.
create temporary table year_sessions on commit drop as
select m.i, m.id, m.kind, m.today, y.year, a.sessions
from mentor m
cross join lateral (select extract(year from m.today)::int as year) y
join (
  select user_id, extract(year from activity_date)::int as year, count(*)::int as sessions from activity group by 1, 2
) a on a.user_id = m.id and a.year = y.year;

insert into annual_summary (user_id, year, session_count, computed_at)
select
  id, year,
  case when pg_temp.draw(i, 20) < 0.9 then sessions else sessions * 9 / 10 end,
  :'as_of'::timestamptz - case when pg_temp.draw(i, 20) < 0.9 then interval '6 hours' else interval '5 days' end
from year_sessions
where pg_temp.draw(i, 21) < 0.9
order by i;

-- `days_left` of the one that counts; some were renewed, and the old one lies beside it.
create temporary table certificate on commit drop as
select
  m.id as user_id, pg_temp.id('certificate', m.i) as id, m.today, m.kind,
  case
    when m.kind = 'certification_expiry' then 60 - floor(3 * pg_temp.draw(m.i, 31))
    when pg_temp.draw(m.i, 30) < 0.05 then floor(60 * pg_temp.draw(m.i, 31))
    else 61 + floor(700 * pg_temp.draw(m.i, 31))
  end::int as days_left,
  m.i
from mentor m
where m.kind = 'certification_expiry' or pg_temp.draw(m.i, 32) < 0.6;

insert into certifications (id, user_id, certification_type, expires_on)
select id, user_id, 'Foundation course', today + days_left from certificate
union all
select pg_temp.id('old certificate', i), user_id, 'Foundation course', today + 20
from certificate
where days_left > 400 and pg_temp.draw(i, 33) < 0.05;

-- Nineteen of twenty can be reached; of those some by two devices, and one token in 200 is dead without our knowing.
insert into device_tokens (id, user_id, token, platform, registered_at, last_seen_at)
select
  pg_temp.id('device', d), m.id,
  case when pg_temp.draw(d, 41) < 0.005 then 'unregistered-' else 'bench-' end || pg_temp.id('device', d),
  (array['android', 'android', 'ios', 'ios', 'web'])[1 + floor(5 * pg_temp.draw(d, 42))],
  :'as_of'::timestamptz - interval '100 days', :'as_of'::timestamptz - interval '2 days'
from mentor m
cross join lateral generate_series(m.i * 2, m.i * 2 + case when pg_temp.draw(m.i, 40) < 0.07 then 1 else 0 end) d
where pg_temp.draw(m.i, 40) < 0.95
order by d;

insert into notification_preferences (user_id, scenario_type, enabled)
select id, (array['inactivity', 'milestone', 'certification_expiry', 'welcome_back'])[1 + floor(4 * pg_temp.draw(i, 51))], false
from mentor
where pg_temp.draw(i, 50) < 0.05
order by i;

create temporary table past on commit drop as
  -- Thirty days after the last activity, and twice more every fortnight.
  select id as user_id, 'inactivity' as scenario_type, today - last + 30 + 14 * r as day, '' as occurrence, '' as suffix, null::int as year, null::int as value
  from mentor cross join lateral generate_series(0, 2) r where kind = 'dormant'
  union all
  select id, 'inactivity', today - 7, '', '', null, null from mentor where kind = 'cooling'
  union all
  select id, 'welcome_back', today - 1, to_char(today - last, 'YYYY-MM-DD'), '', null, null from mentor where kind = 'greeted'
  union all
  select y.id, 'milestone', y.today - 1, y.year || ':' || t, ':' || t, y.year, t
  from year_sessions y cross join unnest(array[50, 100, 200]) t where y.sessions >= t and y.kind <> 'milestone'
  union all
  select c.user_id, 'certification_expiry', c.today - 1, c.id || ':' || to_char(c.today + c.days_left, 'YYYY-MM-DD') || ':' || l.lead, ':' || c.id || ':' || l.lead, null, null
  from certificate c
  cross join lateral (select min(lead) as lead from unnest(array[60, 30, 7]) lead where lead >= c.days_left) l
  where c.days_left <= 60 and c.kind <> 'certification_expiry';

insert into scenario_notifications (
  user_id, scenario_type, scenario_rule_id, triggered_at, dispatched_at, evaluation_date, milestone_year, milestone_value, occurrence,
  cooldown_window_start, window_slot, delivery_status, idempotency_key, created_at)
select
  p.user_id, p.scenario_type, r.id, w.at, w.at + interval '3 seconds', p.day, p.year, p.value, p.occurrence,
  case when p.scenario_type = 'inactivity' then coalesce(lag(w.at) over (partition by p.user_id, p.scenario_type order by p.day), '-infinity') else '-infinity' end,
  case when p.scenario_type in ('milestone', 'certification_expiry') then p.occurrence else '' end,
  'sent', pg_temp.key(p.user_id || p.scenario_type || to_char(p.day, 'YYYY-MM-DD') || p.suffix), w.at + interval '4 seconds'
from past p
cross join lateral (select (p.day + time '09:00') at time zone 'UTC' as at) w
join scenario_rules r on r.scenario_type = p.scenario_type and r.organization_id is null and r.chapter_id is null
order by p.day, p.user_id;
