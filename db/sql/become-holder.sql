-- Makes the caller the batch's holder: raises the fence, so that nobody before may begin or settle any more.
-- in   batch_key text; holder int (db/holder-session.ts; null = nobody can tell whether the caller lives)
-- out  one row: fence int; previous_holder int; scenario_type text; range_from, range_to uuid. None if there is no such batch
with previous as (
  select batch_key, dispatch_holder from evaluation_batches where batch_key = :'batch_key' for update
)
update evaluation_batches b
set dispatch_fence = b.dispatch_fence + 1, dispatch_holder = :'holder'::int
from previous p
where b.batch_key = p.batch_key
returning b.dispatch_fence as fence, p.dispatch_holder as previous_holder, b.scenario_type, b.range_from, b.range_to
