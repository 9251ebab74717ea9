-- Reserves a share of the project's messages per second, over all workers: a leaky bucket that holds no burst. The rate
-- rises from a tenth to the whole, as FCM asks, whenever nothing was sent for as long as that takes.
-- The commit is not waited for: what a crash of the database forgets is a fraction of a second of the rate.
--
-- in   project_id text; messages int; per_second int; ramp_ms int (0 = the whole rate at once)
-- out  one row: wait_ms int: how long to wait before sending them. None where the project has no row yet
with lazily as materialized (
  select set_config('synchronous_commit', 'off', true)
),
mine as materialized (
  select l.project_id, greatest(l.next_free_at, clock_timestamp()) as free_at,
    case
      when l.busy_since is null or l.next_free_at < clock_timestamp() - make_interval(secs => :'ramp_ms'::int / 1000.0)
        then clock_timestamp()
      else l.busy_since
    end as busy_since
  from push_rate_limits l, lazily
  where l.project_id = :'project_id'
  for update of l
),
share as (
  select *, make_interval(secs => :'messages'::float8 / (:'per_second'::float8 * case
    when :'ramp_ms'::int = 0 then 1
    else least(1, 0.1 + 0.9 * 1000 * extract(epoch from free_at - busy_since)::float8 / :'ramp_ms'::int)
  end)) as takes
  from mine
)
update push_rate_limits l
set next_free_at = s.free_at + s.takes, busy_since = s.busy_since
from share s
where l.project_id = s.project_id
returning greatest(0, ceil(extract(epoch from s.free_at - clock_timestamp()) * 1000))::int as wait_ms
