-- Reserves a share of the project's messages per second, over all workers: a leaky bucket that holds no burst.
-- in   project_id text; messages int; per_second int
-- out  wait_ms int: how long to wait before sending them
insert into push_rate_limits as l (project_id, next_free_at)
values (:'project_id', clock_timestamp() + make_interval(secs => :'messages'::float8 / :'per_second'::float8))
on conflict (project_id) do update
  set next_free_at = greatest(l.next_free_at, clock_timestamp())
    + make_interval(secs => :'messages'::float8 / :'per_second'::float8)
returning greatest(0, ceil(extract(epoch from
  next_free_at - make_interval(secs => :'messages'::float8 / :'per_second'::float8) - clock_timestamp()) * 1000))::int as wait_ms
