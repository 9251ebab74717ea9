-- Says of attempts that were begun by a transaction whose answer was lost, and so never left, that they were not attempted.
-- After lock-batches.sql in the same transaction: should that one still be committing, this waits for it.
-- in   batch_key text; fence int; claim_ids, device_ids uuid[] (what this holder knows to have left)
--      now timestamptz
update delivery_attempts a
set outcome = 'rejected', retryable = true, error_code = 'not_attempted', finished_at = :'now'::timestamptz
from scenario_claims c
where c.batch_key = :'batch_key'
  and c.state in ('open', 'unknown')
  and a.claim_id = c.id
  and a.fence = :'fence'::int
  and a.outcome is null
  and not exists (
    select from unnest(:'claim_ids'::uuid[], :'device_ids'::uuid[]) as left_ (claim_id, device_id)
    where left_.claim_id = a.claim_id and left_.device_id = a.device_id
  )
