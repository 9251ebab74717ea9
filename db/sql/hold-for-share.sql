-- Locks the batch against being taken over or withdrawn from until the transaction ends. A statement of its own, before
-- those that act on the batch: only a snapshot taken behind the lock sees what whoever had it before has withdrawn.
-- For the rest of the transaction hot statements are planned once for any parameters (db/preparing-client.ts), by look-ups
-- alone: the plan is made while tables are empty, and used when they are not. Nothing is compiled, and a process that is
-- frozen gives the lock back soon.
--
-- in   batch_key text; fence int
-- out  a row where the fence is still ours
select
  set_config('plan_cache_mode', 'force_generic_plan', true),
  set_config('jit', 'off', true),
  set_config('enable_seqscan', 'off', true),
  set_config('enable_hashjoin', 'off', true),
  set_config('enable_mergejoin', 'off', true),
  -- A batch is too new to have statistics: unless forbidden, all of it is sorted each time.
  set_config('enable_sort', 'off', true),
  set_config('idle_in_transaction_session_timeout', '15s', true)
from evaluation_batches
where batch_key = :'batch_key' and dispatch_fence = :'fence'::int
for share
