-- Whether a project may be sent to now, and if it was closed for long enough, the right to try with one message.
-- in   project_id text; probe_ms int (a probe that is out for longer is lost)
-- out  one row: state text (open, probe: this caller may send one message, closed, halted); wait_ms int (until it makes
--      sense to ask again; 0 where it may send); reason text (code of the answer that closed it, or the halt's note)
with halt as materialized (
  select note from sending_halts where ended_at is null
),
probe as (
  update push_gates
  set probe_until = clock_timestamp() + make_interval(secs => :'probe_ms'::float8 / 1000)
  where project_id = :'project_id'
    and closed_until <= clock_timestamp()
    and (probe_until is null or probe_until <= clock_timestamp())
    and not exists (select from halt)
  returning project_id
)
select
  case
    when exists (select from halt) then 'halted'
    when g.closed_until is null then 'open'
    when exists (select from probe) then 'probe'
    else 'closed'
  end as state,
  case
    when g.closed_until is null or exists (select from halt) or exists (select from probe) then 0
    -- Somebody else's probe is out.
    else greatest(3000, ceil(extract(epoch from g.closed_until - clock_timestamp()) * 1000))::int
  end as wait_ms,
  coalesce((select note from halt), g.reason) as reason
from (values (:'project_id'::text)) p (project_id)
left join push_gates g using (project_id)
