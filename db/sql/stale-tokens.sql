-- Tokens in use that the app has not shown for long, a page at a time.
-- in   not_seen_since timestamptz; expired_since timestamptz (of iOS: not asked about any more); after uuid; page_size int
-- out  id, user_id, platform, token, token_kind, is_expired; by id
select
  t.id, t.user_id, t.platform::text as platform, t.token::text as token, t.token_kind::text as token_kind,
  t.platform::text = 'ios' and coalesce(t.last_seen_at, t.registered_at) < :'expired_since'::timestamptz as is_expired
from device_tokens t
where t.invalidated_at is null
  and coalesce(t.last_seen_at, t.registered_at) < :'not_seen_since'::timestamptz
  and t.id > :'after'::uuid
order by t.id
limit :'page_size'::int
