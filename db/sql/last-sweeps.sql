-- The latest sweep of each scenario type, also one that has not ended.
-- in   scenario_types text[]
-- out  scenario_type, workflow_id, first_run_id text; a type without any is absent
-- needs  evaluation_runs_started_at_idx
select t.scenario_type, r.workflow_id, r.first_run_id
from unnest(:'scenario_types'::text[]) as t (scenario_type)
cross join lateral (
  select workflow_id, first_run_id
  from evaluation_runs
  where scenario_type = t.scenario_type
  order by started_at desc
  limit 1
) r
