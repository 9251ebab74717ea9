-- Batches that have something to withdraw.
-- in   scenario_types text[] (null = all); workflow_id text (null = all sweeps; else those of this sweep's plan)
-- out  batch_key text
-- needs  scenario_claims (coalesce(send_at, claimed_at)) where unsettled
select distinct c.batch_key
from scenario_claims c
join evaluation_batches b using (batch_key)
where c.state in ('open', 'unknown')
  and (:'scenario_types'::text[] is null or c.scenario_type = any (:'scenario_types'::text[]))
  and (
    :'workflow_id'::text is null
    or (b.plan_key, b.scenario_type) in (select plan_key, scenario_type from evaluation_runs where workflow_id = :'workflow_id')
  )
order by c.batch_key
