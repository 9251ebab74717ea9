-- Did a reminder of inactivity help: who was active again within some days of it, beside those who were due and not told.
-- Nothing about the latter is kept by mentor, so the past is evaluated: activities say who was silent, and the sweeps that
-- there were say when somebody would have been told. docs/decisions/0015-did-it-help.md: what this can and cannot show.
--
-- A mentor counts once for each silence: on the date of its first reminder or, where none came, on that of the first sweep
-- for which they were due. Rules, chapters, devices and preferences are those of now.
--
-- in   since date (the first date that counts); now timestamptz; within_days int; parameter_defaults jsonb;
--      chapter_ids uuid[] (of mentors in these; null = all)
-- out  a row per rule, organisation, month and reason: scenario_rule_id uuid (null: it was deleted), organization_id uuid,
--      month text `YYYY-MM`, reason text (null: told), people, active_again int; waiting int: their days are not over, and
--      they are in neither of the two before
-- needs  activities (user_id, activity_date); scenario_notifications (user_id, scenario_type, cooldown_from desc)
with rule_set as materialized (
  select r.id, r.organization_id, r.chapter_id, r.enabled, r.starts_on,
    case when f.readable then ((:'parameter_defaults'::jsonb || r.parameters) ->> 'inactive_days')::numeric::int end as inactive_days
  from scenario_rules r
  cross join lateral (select scenario_rule_fault(r.scenario_type, r.parameters) is null as readable offset 0) f
  where r.scenario_type = 'inactivity'
),
timezones as materialized (
  select t.timezone, case when f.readable then t.timezone else 'UTC' end as readable
  from (select timezone from organizations union select 'Europe/Oslo') t
  cross join lateral (select scenario_push.is_timezone(t.timezone) as readable offset 0) f
),
places as materialized (
  select
    c.id as chapter_id, c.organization_id, z.readable as timezone,
    (:'now'::timestamptz at time zone z.readable)::date as today,
    r.id as rule_id, r.inactive_days, r.starts_on, p.max_notifications, make_interval(hours => 24 * p.per_days) as cap_window
  from chapters c
  left join organizations o on o.id = c.organization_id
  join timezones z on z.timezone = coalesce(o.timezone, 'Europe/Oslo')
  left join lateral (
    select * from rule_set s
    where s.chapter_id = c.id
      or (s.chapter_id is null and (s.organization_id = c.organization_id or s.organization_id is null))
    order by s.chapter_id, s.organization_id
    limit 1
  ) r on r.enabled
  left join lateral (
    select * from delivery_policies s
    where s.chapter_id = c.id
      or (s.chapter_id is null and (s.organization_id = c.organization_id or s.organization_id is null))
    order by s.chapter_id, s.organization_id
    limit 1
  ) p on true
  where :'chapter_ids'::uuid[] is null or c.id = any (:'chapter_ids'::uuid[])
),
-- The first sweep of each date that could send, and up to which date before nobody could have been told.
sweeps as materialized (
  select timezone, as_of, date, lag(date) over (partition by timezone order by date) as before
  from (
    select distinct on (z.timezone, date) z.timezone, s.as_of, (s.as_of at time zone z.timezone)::date as date
    from (select distinct timezone from places) z
    cross join (
      select distinct as_of from evaluation_runs
      where scenario_type = 'inactivity' and mentors_evaluated > 0 and started_at - as_of <= interval '6 hours'
        and as_of <= :'now'::timestamptz
    ) s
    order by z.timezone, date, s.as_of
  ) first_of_date
),
-- For each date the first sweep on it or later.
calendar as materialized (
  select s.timezone, day::date as day, s.as_of, s.date
  from sweeps s
  cross join lateral generate_series(coalesce(s.before + 1, s.date), s.date, interval '1 day') as day
),
mentors as materialized (
  select u.id as user_id, u.chapter_id, (u.created_at at time zone p.timezone)::date as joined_on,
    p.today, p.inactive_days, p.starts_on
  from users u
  join places p using (chapter_id)
  where u.role = 'peer_mentor' and u.status = 'active' and isfinite(u.created_at)
),
records as materialized (
  select n.user_id, m.chapter_id, n.scenario_rule_id, n.evaluation_date, n.delivery_status,
    lag(n.evaluation_date) over (partition by n.user_id order by n.evaluation_date, n.triggered_at) as before
  from scenario_notifications n
  join mentors m using (user_id)
  where n.scenario_type = 'inactivity'
),
told as (
  select r.chapter_id, r.scenario_rule_id as rule_id, r.evaluation_date as date, next.activity_date as next, null as reason
  from records r
  left join lateral (
    select a.activity_date from activities a
    where a.user_id = r.user_id and a.activity_date >= r.evaluation_date and a.activity_date < 'infinity'
    order by a.activity_date
    limit 1
  ) next on true
  where r.delivery_status = 'sent' and r.evaluation_date >= :'since'::date
    -- The first of its silence: later reminders reach only those whom the first did not move.
    and (
      r.before is null
      or (
        select true from activities a
        where a.user_id = r.user_id and a.activity_date >= r.before and a.activity_date < r.evaluation_date
        limit 1
      )
    )
),
active as (
  select user_id, m.chapter_id, m.joined_on, m.today, m.inactive_days, m.starts_on, a.activity_date as date,
    lead(a.activity_date) over w as next, row_number() over w as place
  from mentors m
  left join (
    select user_id, activity_date from activities where activity_date > '-infinity' and activity_date < 'infinity'
  ) a using (user_id)
  window w as (partition by user_id order by a.activity_date)
),
due as materialized (
  select a.user_id, a.chapter_id, s.since, s.next,
    -- Not in the condition below: there it might be computed where it is too far away to be a date.
    s.since + case when a.inactive_days <= a.today - s.since then a.inactive_days end as due_on
  from active a
  -- The silence after each activity, and the one before the first.
  cross join lateral (
    select a.date, a.next where a.date is not null
    union all
    select a.joined_on, a.date where a.place = 1
  ) s (since, next)
  where a.inactive_days <= coalesce(s.next, a.today) - s.since
    and a.inactive_days <= a.today - s.since
    and (a.starts_on is null or a.inactive_days >= a.starts_on - s.since)
),
-- Materialized: the calendar would be joined by timezone alone, a row for each day of it.
looked_at as materialized (
  select d.*, p.rule_id, p.timezone, p.max_notifications, p.cap_window, greatest(d.due_on, e.date) as day
  from due d
  join places p using (chapter_id)
  join sweeps e on e.timezone = p.timezone and e.before is null
),
-- What is asked of each of those who were due is read once, and not looked up for each silence.
recorded as (
  select user_id, array_agg(evaluation_date) as dates from records group by user_id
),
reachable as (
  select user_id, min(registered_at) filter (where invalidated_at is null) as since
  from device_tokens
  join mentors using (user_id)
  group by user_id
),
opted_out as (
  select distinct user_id from notification_preferences where scenario_type::text = 'inactivity' and not enabled
),
untold as (
  select d.*, c.as_of, c.date
  from looked_at d
  join calendar c using (timezone, day)
  left join recorded n using (user_id)
  where c.date >= :'since'::date and (d.next is null or c.date <= d.next)
    and not exists (select from unnest(n.dates) told_on where told_on > d.since and (d.next is null or told_on <= d.next))
),
not_told as (
  select u.chapter_id, u.rule_id, u.date, u.next,
    case
      when o.user_id is not null then 'opted_out'
      when u.max_notifications is not null and (
        select count(*) from scenario_notifications n
        where n.user_id = u.user_id and n.dispatched_at > u.as_of - u.cap_window and n.dispatched_at <= u.as_of
      ) >= u.max_notifications then 'capped'
      when r.user_id is null or (
        (r.since <= u.as_of) is not true and (
          select true from device_tokens t
          where t.user_id = u.user_id and t.registered_at <= u.as_of and t.invalidated_at > u.as_of
          limit 1
        ) is null
      ) then 'no_device_token'
      else 'other'
    end as reason
  from untold u
  left join opted_out o using (user_id)
  left join reachable r using (user_id)
),
counted as (
  select rule_id, chapter_id, date_trunc('month', date)::date as month, reason,
    date + :'within_days'::int as until, next
  from (select * from told union all select chapter_id, rule_id, date, next, reason from not_told) both_groups
)
select
  c.rule_id as scenario_rule_id,
  p.organization_id,
  to_char(c.month, 'YYYY-MM') as month,
  c.reason,
  count(*) filter (where p.today > c.until)::int as people,
  count(*) filter (where p.today > c.until and c.next <= c.until)::int as active_again,
  count(*) filter (where p.today <= c.until)::int as waiting
from counted c
join places p using (chapter_id)
group by c.rule_id, p.organization_id, c.month, c.reason
order by c.month, p.organization_id, c.rule_id, c.reason nulls first
