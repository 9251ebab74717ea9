-- Batches of which nothing can change or be asked any more: evaluated and settled before an instant, every claim sent
-- (which is to say recorded: a claim whose record is deleted is released there and then) or released. A sweep's batches
-- only all together: its run is summed from them whenever one is settled late.
-- in   before timestamptz
-- Relies on scenario_claims (batch_key, …) and evaluation_batches (plan_key).
with unprunable as materialized (
  select b.batch_key, b.plan_key, b.scenario_type
  from evaluation_batches b
  where b.evaluated_at >= :'before'::timestamptz
    or b.as_of >= :'before'::timestamptz
    or exists (
      select from scenario_claims c
      where c.batch_key = b.batch_key
        and (
          c.state not in ('sent', 'released')
          or c.settled_at is null
          or c.settled_at >= :'before'::timestamptz
        )
    )
),
prunable as (
  select b.batch_key
  from evaluation_batches b
  where not exists (select from unprunable u where u.batch_key = b.batch_key)
    and not exists (
      select from evaluation_runs r
      join unprunable u on u.plan_key = r.plan_key and u.scenario_type = r.scenario_type
      where r.plan_key = b.plan_key and r.scenario_type = b.scenario_type
    )
)
