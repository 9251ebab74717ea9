-- When what waits for its mentor's hours is sent: the first and the last time of each scenario type with any.
-- in   scenario_types text[]; now timestamptz
-- out  scenario_type text; first, last timestamptz
-- needs  scenario_claims_waiting_idx
select t.scenario_type, f.send_at as first, l.send_at as last
from unnest(:'scenario_types'::text[]) as t (scenario_type)
cross join lateral (
  select send_at
  from scenario_claims
  where state in ('open', 'unknown') and coalesce(send_at, claimed_at) > :'now'::timestamptz
    and scenario_type = t.scenario_type and send_at is not null
  order by coalesce(send_at, claimed_at)
  limit 1
) f
cross join lateral (
  select send_at
  from scenario_claims
  where state in ('open', 'unknown') and coalesce(send_at, claimed_at) > :'now'::timestamptz
    and scenario_type = t.scenario_type and send_at is not null
  order by coalesce(send_at, claimed_at) desc
  limit 1
) l
