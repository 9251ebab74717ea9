-- Whether an earlier holder has begun what it has not decided yet.
-- in   batch_key text
-- out  one row: undecided boolean
select exists (
  select
  from scenario_claims c
  join delivery_attempts a on a.claim_id = c.id
  where c.batch_key = :'batch_key' and c.state in ('open', 'unknown') and a.outcome is null
) as undecided
