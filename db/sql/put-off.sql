-- Puts off one claim that cannot be settled, twice as long each time: what hinders it is its own, and others go on.
-- in   claim_id uuid; batch_key text; fence int; fault text (for people); now timestamptz
update scenario_claims c
set fault = :'fault',
    next_attempt_at = :'now'::timestamptz + greatest(interval '5 minutes', :'now'::timestamptz - c.claimed_at)
where c.id = :'claim_id'::uuid
  and c.state in ('open', 'unknown')
  and exists (
    select from evaluation_batches b where b.batch_key = :'batch_key' and b.dispatch_fence = :'fence'::int for share
  )
