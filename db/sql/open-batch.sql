-- Takes the right to evaluate a batch. A second attempt waits here for the first to commit or die.
-- in   batch_key, plan_key, scenario_type text; as_of timestamptz; range_from, range_to uuid;
--      workflow_id, run_id text; now timestamptz
-- out  a row if this transaction is to evaluate it, none if that has been done
insert into evaluation_batches (
  batch_key, plan_key, scenario_type, as_of, range_from, range_to, workflow_id, run_id, evaluated_at)
values (
  :'batch_key', :'plan_key', :'scenario_type', :'as_of'::timestamptz, :'range_from'::uuid, :'range_to'::uuid,
  :'workflow_id', :'run_id', :'now'::timestamptz)
on conflict (batch_key) do nothing
returning batch_key
