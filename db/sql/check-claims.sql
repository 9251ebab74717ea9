-- Says of a batch's older claims whose time has come that they were evaluated again: those that are still due may be sent for a while, the
-- others are withdrawn. What may have arrived already is not withdrawn; its time is over, and settling it holds it.
-- in   batch_key text; fence int; still_due text[] (`user_id:occurrence`); check_before, now timestamptz
-- out  one row: withdrawn int
with holder as (
  select from evaluation_batches
  where batch_key = :'batch_key' and dispatch_fence = :'fence'::int
  for share
),
checked as (
  update scenario_claims c
  set checked_at = :'now'::timestamptz,
      state = case when d.is_due or c.state <> 'open' then c.state else 'released' end,
      release_reason = case when d.is_due or c.state <> 'open' then c.release_reason else 'no_longer_due' end,
      settled_at = case when d.is_due or c.state <> 'open' then c.settled_at else :'now'::timestamptz end,
      expires_at = case when d.is_due or c.state = 'open' then c.expires_at else :'now'::timestamptz end
  from (
    select id, user_id::text || ':' || occurrence = any (:'still_due'::text[]) as is_due
    from scenario_claims
    where batch_key = :'batch_key'
      and state in ('open', 'unknown')
      and (send_at is null or send_at <= :'now'::timestamptz)
      and coalesce(checked_at, claimed_at) <= :'check_before'::timestamptz
  ) d
  where c.id = d.id and exists (select from holder)
  returning c.state
)
select count(*) filter (where state = 'released')::int as withdrawn from checked
