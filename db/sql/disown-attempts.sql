-- Writes down what a holder that is gone left undecided: those messages may have been sent.
-- A statement after become-holder.sql: only a snapshot taken behind the fence sees what the holder before began while
-- this one waited for it.
-- in   batch_key text; fence int; now timestamptz
-- out  one row: disowned int
with holder as (
  select from evaluation_batches
  where batch_key = :'batch_key' and dispatch_fence = :'fence'::int
  for share
),
disowned as (
  update delivery_attempts a
  set outcome = 'unknown', retryable = true, error_code = 'holder_lost', finished_at = :'now'::timestamptz
  from scenario_claims c
  where c.batch_key = :'batch_key'
    and c.state in ('open', 'unknown')
    and a.claim_id = c.id
    and a.outcome is null
    and exists (select from holder)
  returning 1
)
select count(*)::int as disowned from disowned
