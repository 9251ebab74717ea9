-- Mentors of whom nothing was heard after the last reminder that their rule allows. Follows evaluate.sql for inactivity, of one
-- chapter. What counts as silent and as reminded is what the scenario's own facts say.
--
-- in   after_id uuid (null: from the beginning), most bigint
-- out  a row per mentor, those who have been silent longest first: user_id uuid, last_activity date, days int, reminders int;
--      total int: how many there are, whatever is left out
, silent as materialized (
  select
    s.user_id,
    (s.facts ->> 'last_activity')::date as last_activity,
    (s.facts ->> 'days_since_last_activity')::int as days,
    (s.facts ->> 'reminders_since_last_activity')::int as reminders
  -- OFFSET keeps the facts from being put together again wherever one of them is read.
  from (
    select f.user_id, f.facts
    from (
      -- {{scenario}}
    ) f
    offset 0
  ) s
  where (s.facts ->> 'reminders_since_last_activity')::int >= (s.facts ->> 'max_reminders')::int
    and (s.facts ->> 'days_since_last_activity')::int >= (s.facts ->> 'inactive_days')::int
)
select s.user_id, s.last_activity, s.days, s.reminders, (select count(*) from silent)::int as total
from silent s
where :'after_id'::uuid is null
  or (s.last_activity, s.user_id) > (select last_activity, user_id from silent where user_id = :'after_id'::uuid)
order by s.last_activity, s.user_id
limit :'most'::bigint
