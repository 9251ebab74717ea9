-- Notifications that may have been delivered and are not tried again, the oldest first, and why: what became of the attempts.
-- in   scenario_types text[], since timestamptz, until timestamptz (of these types, held since then and until then, both
--      included; null = any); after_at timestamptz, after_key text (held_at and key with which the page
--      before ended; null: from the oldest); most bigint
-- out  a row per notification; total int: how many there are, whatever is left out, and before the page as well
-- needs  scenario_claims_held_idx
with counted as (
  select
    c.id, c.idempotency_key, c.user_id, c.scenario_type, c.occurrence, c.triggered_at, c.dispatched_at, c.settled_at,
    c.on_unknown,
    count(*) over ()::int as total
  from scenario_claims c
  where c.state = 'held'
    and (:'scenario_types'::text[] is null or c.scenario_type = any (:'scenario_types'::text[]))
    and (:'since'::timestamptz is null or c.settled_at >= :'since'::timestamptz)
    and (:'until'::timestamptz is null or c.settled_at <= :'until'::timestamptz)
),
held as materialized (
  select *
  from counted c
  where :'after_at'::timestamptz is null
    or (c.settled_at, c.idempotency_key) > (:'after_at'::timestamptz, :'after_key'::text)
  order by c.settled_at, c.idempotency_key
  limit :'most'::bigint
)
select
  h.idempotency_key,
  h.user_id,
  h.scenario_type,
  h.occurrence,
  h.triggered_at,
  h.dispatched_at,
  h.settled_at as held_at,
  h.on_unknown,
  a.attempts,
  a.last_attempt_at,
  a.error_codes,
  h.total
from held h
cross join lateral (
  select
    count(*)::int as attempts,
    max(started_at) as last_attempt_at,
    coalesce(jsonb_agg(distinct error_code) filter (where error_code is not null), '[]') as error_codes
  from delivery_attempts
  where claim_id = h.id
) a
order by h.settled_at, h.idempotency_key
