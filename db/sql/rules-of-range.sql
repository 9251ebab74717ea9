-- Which rules are in force for the mentors of a range, and for how many.
-- in   scenario_type text; range_from, range_to uuid (null = no upper end)
-- out  a row per enabled rule, in the order of ids: id uuid; organization_id, chapter_id uuid (its scope); mentors int
with chapter_rules as materialized (
  select
    c.id as chapter_id,
    (
      select r.id
      from scenario_rules r
      where r.scenario_type = :'scenario_type'
        and (r.chapter_id = c.id
          or r.organization_id = c.organization_id
          or (r.chapter_id is null and r.organization_id is null))
      order by r.chapter_id is null, r.organization_id is null
      limit 1
    ) as rule_id
  from chapters c
),
audience as (
  select chapter_id, count(*)::int as mentors
  from users
  where role = 'peer_mentor'
    and status = 'active'
    and chapter_id is not null
    and id >= :'range_from'::uuid
    and (:'range_to'::uuid is null or id < :'range_to'::uuid)
  group by chapter_id
)
select r.id, r.organization_id, r.chapter_id, sum(a.mentors)::int as mentors
from audience a
join chapter_rules c using (chapter_id)
join scenario_rules r on r.id = c.rule_id
where r.enabled
group by r.id
order by r.id
