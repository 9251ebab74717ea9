-- inactivity: the last activity (or, without any, the day of joining) lies `inactive_days` or more back.
-- After `max_reminders` notifications since then the mentor is left alone until they are active again.
-- It arose when `inactive_days` were over: before the rule's starts_on, it does not count.
--
-- reads  as_of's `rules` and `mentors`; activities (user_id, activity_date); scenario_notifications (user_id, scenario_type, …)
-- out    the columns every scenario has: see db/sql/scenarios/README.md
with parameters as materialized (
  select
    chapter_id,
    evaluation_date,
    timezone,
    starts_on,
    (parameters ->> 'inactive_days')::numeric::int as inactive_days,
    (parameters ->> 'max_reminders')::numeric::int as max_reminders
  from rules
)
select
  m.user_id,
  m.chapter_id,
  '' as occurrence,
  '' as key_suffix,
  null::int as milestone_year,
  null::int as milestone_value,
  0 as position,
  jsonb_build_object('days', p.evaluation_date - l.last_activity) as message_values,
  p.evaluation_date - l.last_activity >= p.inactive_days
    and (p.max_reminders is null or since.reminders < p.max_reminders)
    and (p.starts_on is null or p.inactive_days >= p.starts_on - l.last_activity) as due,
  case
    when (p.max_reminders is null or since.reminders < p.max_reminders)
      -- Farther away is never, and no date either.
      and p.inactive_days <= date '9999-12-31' - l.last_activity
      and (p.starts_on is null or p.inactive_days >= p.starts_on - l.last_activity) then l.last_activity + p.inactive_days
  end as due_on,
  jsonb_build_object(
    'last_activity', l.last_activity,
    'days_since_last_activity', p.evaluation_date - l.last_activity,
    'inactive_days', p.inactive_days,
    'reminders_since_last_activity', since.reminders,
    'max_reminders', p.max_reminders
  ) as facts
from mentors m
join parameters p using (chapter_id)
cross join lateral (
  select coalesce(
    (
      select a.activity_date
      from activities a
      where a.user_id = m.user_id and a.activity_date <= p.evaluation_date and a.activity_date > '-infinity'
      order by a.activity_date desc
      limit 1
    ),
    case when isfinite(m.created_at) then (m.created_at at time zone p.timezone)::date end
  ) as last_activity
  -- Looked up once, and not again wherever it is mentioned.
  offset 0
) l
cross join lateral (
  select count(*) as reminders
  from scenario_notifications n
  where n.user_id = m.user_id and n.scenario_type = 'inactivity' and n.evaluation_date > l.last_activity
) since
