-- A probe was accepted: the project may be sent to again, and its rate rises anew. Or (`is_open` false) the probe was not
-- needed after all, and another may go out.
-- in   project_id text; is_open boolean
with gate as (
  update push_gates
  set closed_until = case when :'is_open'::boolean then null else closed_until end,
      reason = case when :'is_open'::boolean then null else reason end,
      closures = case when :'is_open'::boolean then 0 else closures end,
      probe_until = null
  where project_id = :'project_id'
)
update push_rate_limits
set busy_since = clock_timestamp()
where project_id = :'project_id' and :'is_open'::boolean
