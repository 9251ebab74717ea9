-- Closes a project for everybody. A pause that names no time doubles with each closure in a row; while the gate is closed
-- already, only a longer pause that was asked for changes anything: answers to what was in flight are one closure.
-- in   project_id, reason text; asked_ms int (what the service asked for; null = nothing); first_ms, longest_ms int;
--      jitter float8 (0 to 1: up to a quarter is added, so that workers do not come back in step)
-- out  one row: wait_ms int
insert into push_gates as g (project_id, closed_until, reason, closures, probe_until)
values (
  :'project_id',
  clock_timestamp() + make_interval(secs =>
    coalesce(:'asked_ms'::int, :'first_ms'::int) * (1 + :'jitter'::float8 / 4) / 1000),
  :'reason', 1, null)
on conflict (project_id) do update
  set closed_until = greatest(
        g.closed_until,
        case
          when :'asked_ms'::int is not null
            then clock_timestamp() + make_interval(secs => :'asked_ms'::int * (1 + :'jitter'::float8 / 4) / 1000)
          when g.closed_until is null or g.closed_until <= clock_timestamp()
            then clock_timestamp() + make_interval(secs =>
              least(:'longest_ms'::float8, :'first_ms'::float8 * 2 ^ case
                when g.closed_until <= clock_timestamp() - make_interval(secs => :'longest_ms'::float8 / 1000) then 0
                else least(g.closures, 20)
              end) * (1 + :'jitter'::float8 / 4) / 1000)
        end),
      reason = excluded.reason,
      -- Long after the last one a closure is the first again: a platform is not opened by a probe.
      closures = case
        when g.closed_until is null then g.closures + 1
        when g.closed_until <= clock_timestamp() - make_interval(secs => :'longest_ms'::float8 / 1000) then 1
        when g.closed_until <= clock_timestamp() then g.closures + 1
        else g.closures
      end,
      probe_until = null
returning greatest(0, ceil(extract(epoch from g.closed_until - clock_timestamp()) * 1000))::int as wait_ms
