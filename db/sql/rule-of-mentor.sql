-- Which rule is in force for a mentor and where it comes from, also when it is disabled or cannot be read.
-- in   user_id uuid; scenario_type text; parameter_defaults jsonb
-- out  one row per user of that id; rule columns are null where no rule is in force
select
  u.role::text as role,
  u.status::text as status,
  u.chapter_id,
  coalesce(u.locale, 'nb') as locale,
  coalesce(o.timezone, 'Europe/Oslo') as timezone,
  scenario_push.is_timezone(coalesce(o.timezone, 'Europe/Oslo')) as timezone_is_known,
  r.id as scenario_rule_id,
  case when r.chapter_id is not null then 'chapter' when r.organization_id is not null then 'organization' else 'default' end as scope,
  r.enabled,
  r.cooldown_minutes,
  r.on_unknown,
  :'parameter_defaults'::jsonb || r.parameters as parameters,
  scenario_rule_fault(:'scenario_type'::text, r.parameters) as fault
from users u
left join chapters c on c.id = u.chapter_id
left join organizations o on o.id = c.organization_id
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
