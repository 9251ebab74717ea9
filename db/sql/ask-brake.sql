-- Whether what a batch has claimed may leave.
-- in   batch_key text
-- out  one row where there is a brake: plan_key, scenario_type, state text; answered_at timestamptz
select k.plan_key, k.scenario_type, k.state, k.answered_at
from evaluation_batches b
join sweep_brakes k using (plan_key, scenario_type)
where b.batch_key = :'batch_key'
