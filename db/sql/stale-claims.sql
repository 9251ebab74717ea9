-- Whether a batch has claims to be tried now that were found to be due so long ago that they must be evaluated again.
-- in   batch_key text; check_before, now timestamptz
-- out  one row where there are any: scenario_type text; range_from, range_to uuid; mentors uuid[] (whose claims
--      check-claims.sql will look at, in the order of their ids)
with stale as (
  select c.user_id, c.expires_at > :'now'::timestamptz
    and (c.next_attempt_at is null or c.next_attempt_at <= :'now'::timestamptz) as is_next
  from scenario_claims c
  where c.batch_key = :'batch_key'
    and c.state in ('open', 'unknown')
    and (c.send_at is null or c.send_at <= :'now'::timestamptz)
    and coalesce(c.checked_at, c.claimed_at) <= :'check_before'::timestamptz
)
select b.scenario_type, b.range_from, b.range_to, array(select distinct user_id from stale order by user_id) as mentors
from evaluation_batches b
where b.batch_key = :'batch_key' and exists (select from stale where is_next)
