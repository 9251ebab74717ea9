-- Batches with notifications that nobody has settled for a while: their workflow is slow, or gone. What waits for its
-- mentor's hours has been waiting only since those began.
-- in   claimed_before timestamptz; after text (behind which the page begins; empty = the first); most int
-- out  batch_key, workflow_id text, in the order of their keys
-- needs  scenario_claims (coalesce(send_at, claimed_at)) where unsettled
select b.batch_key, b.workflow_id
from (
  select distinct batch_key
  from scenario_claims
  where state in ('open', 'unknown') and coalesce(send_at, claimed_at) < :'claimed_before'::timestamptz
) c
join evaluation_batches b using (batch_key)
where b.batch_key > :'after'
  -- A sweep that has not ended comes back by itself to what was braked.
  and not exists (
    select
    from sweep_brakes k
    join evaluation_runs r using (plan_key, scenario_type)
    where k.plan_key = b.plan_key and k.scenario_type = b.scenario_type
      and (k.state = 'undecided' or k.braked_at is not null)
      and r.finished_at is null
  )
order by b.batch_key
limit :'most'::int
