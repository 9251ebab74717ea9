-- Withdraws claims of which nothing has left: nothing was accepted, may have been, or is on the wire.
-- The batches are locked first, in a statement before (lock-batches.sql): whoever is beginning their attempts has
-- committed, and this sees it.
-- in   batch_keys text[]; reason text; now timestamptz
-- out  one row: withdrawn int; left_alone int (what may have left, or waits for its answer)
with claims as materialized (
  select c.id, exists (
    select from delivery_attempts a
    where a.claim_id = c.id and (a.outcome is null or a.outcome <> 'rejected')
    offset 0
  ) as has_left
  from scenario_claims c
  where c.batch_key = any (:'batch_keys'::text[]) and c.state in ('open', 'unknown')
),
withdrawn as (
  update scenario_claims c
  set state = 'released', release_reason = :'reason', settled_at = :'now'::timestamptz
  from claims w
  where c.id = w.id and not w.has_left and c.state = 'open'
  returning 1
)
select (select count(*)::int from withdrawn) as withdrawn, (select count(*)::int from claims where has_left) as left_alone
