-- Writes down what a holder that is gone left undecided: those messages may have been sent.
-- After take-over-batch.sql in the same transaction, as a statement of its own: only a snapshot taken behind the fence
-- sees what the holder before began while this one waited for it.
-- in   batch_key text; now timestamptz
update delivery_attempts a
set outcome = 'unknown', retryable = true, error_code = 'holder_lost', finished_at = :'now'::timestamptz
from scenario_claims c
where c.batch_key = :'batch_key'
  and c.state in ('open', 'unknown')
  and a.claim_id = c.id
  and a.outcome is null
