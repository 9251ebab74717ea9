-- How many tokens in use the app has not shown for long. Reads the whole table, once a month.
-- in   not_seen_since timestamptz
-- out  one row: tokens int
select count(*)::int as tokens
from device_tokens t
where t.invalidated_at is null
  and coalesce(t.last_seen_at, t.registered_at) < :'not_seen_since'::timestamptz
