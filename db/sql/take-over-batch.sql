-- Makes the caller the only one who may begin and settle the batch's notifications, and writes down what a holder
-- that is gone left undecided: those messages may have been sent.
-- in   batch_key text; now timestamptz
-- out  one row: fence int; none if there is no such batch
with fence as (
  update evaluation_batches
  set dispatch_fence = dispatch_fence + 1
  where batch_key = :'batch_key'
  returning dispatch_fence
),
left_behind as (
  update delivery_attempts a
  set outcome = 'unknown', retryable = true, error_code = 'holder_lost', finished_at = :'now'::timestamptz
  from scenario_claims c
  where c.batch_key = :'batch_key'
    and c.state in ('open', 'unknown')
    and a.claim_id = c.id
    and a.outcome is null
    and exists (select from fence)
)
select dispatch_fence as fence from fence
