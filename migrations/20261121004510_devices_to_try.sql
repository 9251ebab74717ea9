-- Whom a notification may still go to: the newest 20 of a mentor's devices in use whose token is short enough to be sent to,
-- less those that have accepted it or refused it for good. An adopted table may hold more devices and longer tokens.
-- A statement is inlined into the one that calls it: asked once for each mentor, it is two look-ups.
create or replace function scenario_push.devices_to_try(claim uuid, mentor uuid)
  returns table (id uuid, platform text, token text)
  language sql
  stable
  parallel safe
begin atomic
  select t.id, t.platform::text, t.token::text
  from (
    select d.id, d.platform, d.token
    from public.device_tokens d
    where d.user_id = mentor and d.invalidated_at is null and octet_length(d.token) <= 4096
    order by greatest(d.registered_at, d.last_seen_at) desc nulls last, d.id
    limit 20
  ) t
  where not exists (
    select
    from public.delivery_attempts a
    where a.claim_id = claim and a.device_id = t.id
      and (a.outcome = 'accepted' or (a.outcome = 'rejected' and not a.retryable))
    offset 0
  );
end;
revoke all on function scenario_push.devices_to_try(uuid, uuid) from public;
grant execute on function scenario_push.devices_to_try(uuid, uuid) to scenario_push_worker;
