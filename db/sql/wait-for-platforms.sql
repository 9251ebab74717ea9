-- Puts off what only devices of platforms that are set aside could get, until the first of these is tried again.
-- in   batch_key text; project_id text; now timestamptz
-- out  one row: waiting int
with set_aside as materialized (
  select platform, wait from scenario_push.platforms_set_aside(:'project_id')
),
waiting as (
  update scenario_claims c
  set next_attempt_at = :'now'::timestamptz + (select min(wait) from set_aside)
  where c.batch_key = :'batch_key'
    and c.state in ('open', 'unknown')
    and (c.next_attempt_at is null or c.next_attempt_at <= :'now'::timestamptz)
    and exists (select from set_aside)
    and not exists (
      select from scenario_push.devices_to_reach(c.id, c.user_id) t
      where t.platform not in (select platform from set_aside)
      offset 0
    )
  returning 1
)
select count(*)::int as waiting from waiting
