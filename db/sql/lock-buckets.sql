-- Waits until nobody else claims for a scenario type in these buckets, and keeps others out until this transaction ends.
-- In ascending order, so that two that want the same ones do not wait for each other for ever.
--
-- in   scenario_type text; buckets int[]
select pg_advisory_xact_lock(hashtext('scenario-push:' || :'scenario_type'), bucket)
from (select bucket from unnest(:'buckets'::int[]) as bucket order by bucket offset 0) ascending
