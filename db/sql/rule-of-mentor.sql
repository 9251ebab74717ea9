-- Which rule and which policy are in force for a mentor and where the rule comes from, also when it is disabled or cannot be
-- read; and until when what they were told keeps them from being told again.
-- in   user_id uuid; scenario_type text; parameter_defaults jsonb; as_of timestamptz
-- out  one row per user of that id; columns of rule and policy are null where none is in force
-- needs  scenario_notifications (user_id, scenario_type, cooldown_from desc)
select
  u.role::text as role,
  u.status::text as status,
  u.chapter_id,
  coalesce(u.locale, 'nb') as locale,
  coalesce(o.timezone, 'Europe/Oslo') as timezone,
  scenario_push.is_timezone(coalesce(o.timezone, 'Europe/Oslo')) as timezone_is_known,
  scenario_push.timezone_of(u.timezone::text, coalesce(o.timezone, 'Europe/Oslo')) as own_timezone,
  exists (
    select from activities a
    where a.user_id = u.id and a.activity_date > '-infinity' and a.activity_date <= (:'as_of'::timestamptz at time zone z.timezone)::date
  ) as has_been_active,
  -- The day after that of the evaluation: a notification without an occurrence can be sent once a day.
  ((:'as_of'::timestamptz at time zone z.timezone)::date + 1)::timestamp at time zone z.timezone as tomorrow,
  (
    select n.cooldown_from + make_interval(mins => r.cooldown_minutes)
    from scenario_notifications n
    where n.user_id = u.id and n.scenario_type = :'scenario_type'
    order by n.cooldown_from desc
    limit 1
  ) as cooldown_until,
  (
    select n.dispatched_at + make_interval(hours => 24 * p.per_days)
    from scenario_notifications n
    where n.user_id = u.id and p.max_notifications is not null
    order by n.dispatched_at desc
    offset p.max_notifications - 1
    limit 1
  ) as cap_until,
  p.send_from,
  p.send_until,
  p.max_notifications,
  p.per_days,
  r.id as scenario_rule_id,
  r.starts_on,
  case when r.chapter_id is not null then 'chapter' when r.organization_id is not null then 'organization' else 'default' end as scope,
  r.enabled,
  r.cooldown_minutes,
  r.on_unknown,
  :'parameter_defaults'::jsonb || r.parameters as parameters,
  scenario_rule_fault(:'scenario_type'::text, r.parameters) as fault
from users u
left join chapters c on c.id = u.chapter_id
left join organizations o on o.id = c.organization_id
cross join lateral (
  select case when scenario_push.is_timezone(o.timezone) then o.timezone else 'Europe/Oslo' end as timezone
) z
left join lateral (
  select p.*
  from delivery_policies p
  where p.chapter_id = c.id
    or p.organization_id = c.organization_id
    or (p.chapter_id is null and p.organization_id is null)
  order by p.chapter_id is null, p.organization_id is null
  limit 1
) p on true
left join lateral (
  select r.*
  from scenario_rules r
  where r.scenario_type = :'scenario_type'
    and (r.chapter_id = c.id
      or r.organization_id = c.organization_id
      or (r.chapter_id is null and r.organization_id is null))
  order by r.chapter_id is null, r.organization_id is null
  limit 1
) r on true
where u.id = :'user_id'::uuid
