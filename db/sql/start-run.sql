-- Registers a sweep's run for one scenario type; a retry finds it there.
-- in   workflow_id, first_run_id, scenario_type, plan_key text; as_of, now timestamptz
insert into evaluation_runs (workflow_id, first_run_id, scenario_type, as_of, plan_key, started_at)
values (:'workflow_id', :'first_run_id', :'scenario_type', :'as_of'::timestamptz, :'plan_key', :'now'::timestamptz)
on conflict (workflow_id, first_run_id, scenario_type) do nothing
