-- Puts off what only devices of platforms that are set aside could get, until the first of these is tried again.
-- in   batch_key text; project_id text; now timestamptz
-- out  one row: waiting int
with set_aside as materialized (
  select split_part(project_id, '/', 2) as platform, closed_until
  from push_gates
  where split_part(project_id, '/', 1) = :'project_id' and project_id <> :'project_id' and closed_until > clock_timestamp()
),
waiting as (
  update scenario_claims c
  -- In the time of whoever asks: the gate goes by the database's clock.
  set next_attempt_at = :'now'::timestamptz + (select min(closed_until) - clock_timestamp() from set_aside)
  where c.batch_key = :'batch_key'
    and c.state in ('open', 'unknown')
    and (c.next_attempt_at is null or c.next_attempt_at <= :'now'::timestamptz)
    and exists (select from set_aside)
    and not exists (
      select from scenario_push.devices_to_try(c.id, c.user_id) t
      where t.platform not in (select platform from set_aside)
      offset 0
    )
  returning 1
)
select count(*)::int as waiting from waiting
