-- Takes tokens out that the push service does not know any more; one that the device has replaced since stays.
-- in   ids uuid[]; tokens text[]; reasons text[]; now timestamptz
-- out  one row: invalidated int
with invalidated as (
  update device_tokens t
  set invalidated_at = :'now'::timestamptz, invalidation_reason = dead.reason
  from unnest(:'ids'::uuid[], :'tokens'::text[], :'reasons'::text[]) as dead (id, token, reason)
  where t.id = dead.id and t.token = dead.token and t.invalidated_at is null
  returning t.id
)
select count(*)::int as invalidated from invalidated
