-- Tokens in use that the app has not shown for long, a page at a time.
-- in   not_seen_since timestamptz; after uuid; page_size int
-- out  id, token; by id
select t.id, t.token
from device_tokens t
where t.invalidated_at is null
  and coalesce(t.last_seen_at, t.registered_at) < :'not_seen_since'::timestamptz
  and t.id > :'after'::uuid
order by t.id
limit :'page_size'::int
