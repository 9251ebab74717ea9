-- Mentors of a chapter of whom no device can be reached.
-- in     chapter_id uuid; after_id uuid (null: from the beginning), most bigint
-- out    a row per mentor, in the order of ids: user_id uuid; last_seen_at timestamptz: of a device that could be reached once,
--        null: there never was one; total int: how many there are, whatever is left out
-- needs  users (chapter_id); device_tokens (user_id)
with unreachable as materialized (
  select u.id as user_id
  from users u
  where u.chapter_id = :'chapter_id'::uuid
    and u.role = 'peer_mentor'
    and u.status = 'active'
    and exists (
      select
      from device_tokens t
      where t.user_id = u.id and t.invalidated_at is null and octet_length(t.token) <= 4096
      offset 0
    ) is false
)
select
  n.user_id,
  (select max(greatest(t.registered_at, t.last_seen_at)) from device_tokens t where t.user_id = n.user_id) as last_seen_at,
  (select count(*) from unreachable)::int as total
from unreachable n
where :'after_id'::uuid is null or n.user_id > :'after_id'::uuid
order by n.user_id
limit :'most'::bigint
