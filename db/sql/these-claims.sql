-- A few claims by their ids, for settle-claims.sql: each looked up, since a plan that is made while the table is empty would
-- read every unsettled claim to find them.
-- in   claim_ids uuid[] (different ones)
from unnest(:'claim_ids'::uuid[]) as these (id)
cross join lateral (select * from scenario_claims where id = these.id offset 0) c
