-- Rows for which nobody can be notified, whatever a sweep finds, and why. For doctor: it reads every mentor and device once.
-- in     most int (rules and timezones at most, those of the most mentors first)
-- out    a row per reason and thing: reason text (no_chapter, timezone, rule, too_many_devices, long_token);
--        n int (mentors; for the last two devices); example text (an id of one: mentor, organisation, rule, mentor, device);
--        detail text (the timezone; the rule's scenario type and fault; else null)
-- needs  no index
with audience as materialized (
  select chapter_id, count(*)::int as mentors, min(id::text) as example
  from users
  where role = 'peer_mentor' and status = 'active'
  group by chapter_id
),
timezones as materialized (
  select o.id::text as example, o.timezone::text as detail, sum(a.mentors)::int as n
  from organizations o
  join chapters c on c.organization_id = o.id
  join audience a on a.chapter_id = c.id
  where not scenario_push.is_timezone(o.timezone::text)
  group by o.id, o.timezone
  order by n desc, o.id
  limit :'most'::int
),
faulty as materialized (
  select r.id, r.organization_id, r.chapter_id, r.scenario_type, f.fault
  from scenario_rules r
  cross join lateral (select scenario_rule_fault(r.scenario_type, r.parameters) as fault offset 0) f
  where r.enabled and f.fault is not null
),
-- Of those for whom the rule is in force: the most specific alone counts.
rules as materialized (
  select f.id::text as example, format('%s: %s', f.scenario_type, f.fault) as detail, sum(a.mentors)::int as n
  from faulty f
  join chapters c on
    (f.chapter_id is null or f.chapter_id = c.id) and (f.organization_id is null or f.organization_id = c.organization_id)
  join audience a on a.chapter_id = c.id
  where not exists (
    select
    from scenario_rules other
    where other.scenario_type = f.scenario_type
      and (
        (f.chapter_id is null and other.chapter_id = c.id)
        or (f.chapter_id is null and f.organization_id is null and other.organization_id = c.organization_id))
  )
  group by f.id, f.scenario_type, f.fault
  order by n desc, f.id
  limit :'most'::int
),
devices as materialized (
  select
    user_id,
    count(*) filter (where octet_length(token) <= 4096) as short,
    count(*) filter (where octet_length(token) > 4096)::int as long,
    min(id::text) filter (where octet_length(token) > 4096) as long_example
  from device_tokens
  where invalidated_at is null
  group by user_id
  having count(*) > 20 or count(*) filter (where octet_length(token) > 4096) > 0
)
select 'no_chapter' as reason, mentors as n, example, null as detail from audience where chapter_id is null
union all
select 'timezone', n, example, detail from timezones
union all
select 'rule', n, example, detail from rules
union all
select 'too_many_devices', sum(short - 20)::int, min(user_id::text), null from devices where short > 20 having count(*) > 0
union all
select 'long_token', sum(long)::int, min(long_example), null from devices where long > 0 having count(*) > 0
