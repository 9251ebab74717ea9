-- Says of a batch's older claims whose time has come that they were evaluated again: those that are still due may be sent
-- for a while, the others are withdrawn. Their texts say what is true by now: a day later there is a day less left. What may
-- have arrived already is not withdrawn; its time is over, and settling it holds it.
-- in   batch_key text; fence int; still_due text[] (`user_id:occurrence`) with message_values text[] (JSON, one for each);
--      check_before, now timestamptz
-- out  one row: withdrawn int
with holder as (
  select from evaluation_batches
  where batch_key = :'batch_key' and dispatch_fence = :'fence'::int
  for share
),
checked as (
  update scenario_claims c
  set checked_at = :'now'::timestamptz,
      message_values = coalesce(d.message_values, c.message_values),
      state = case when d.is_due or c.state <> 'open' then c.state else 'released' end,
      release_reason = case when d.is_due or c.state <> 'open' then c.release_reason else 'no_longer_due' end,
      settled_at = case when d.is_due or c.state <> 'open' then c.settled_at else :'now'::timestamptz end,
      expires_at = case when d.is_due or c.state = 'open' then c.expires_at else :'now'::timestamptz end
  from (
    select id,
      -- Who is no mentor any more, or whose rule is off, is withdrawn with that reason when its attempt would begin.
      due.key is not null
        or not exists (
          select from users u
          where u.id = user_id and u.role = 'peer_mentor' and u.status = 'active' and u.chapter_id is not null
        )
        or not exists (select from scenario_rules r where r.id = scenario_rule_id and r.enabled) as is_due,
      due.message_values::jsonb as message_values
    from scenario_claims
    left join unnest(:'still_due'::text[], :'message_values'::text[]) as due (key, message_values)
      on due.key = user_id::text || ':' || occurrence
    where batch_key = :'batch_key'
      and state in ('open', 'unknown')
      and (send_at is null or send_at <= :'now'::timestamptz)
      and coalesce(checked_at, claimed_at) <= :'check_before'::timestamptz
      -- What has arrived, and could not be recorded yet, is not taken back.
      and not (state = 'open' and exists (
        select from delivery_attempts a
        where a.claim_id = scenario_claims.id and a.outcome is distinct from 'rejected'
        offset 0
      ))
  ) d
  where c.id = d.id and exists (select from holder)
  returning c.state
)
select count(*) filter (where state = 'released')::int as withdrawn from checked
