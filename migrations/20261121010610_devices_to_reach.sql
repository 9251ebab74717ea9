-- Whom a notification may still go to: the newest 20 of a mentor's devices in use whose token is short enough to be sent to,
-- less those that have accepted it or refused it for good. An adopted table may hold more devices and longer tokens.
--
-- One device may be here as an installation id and as a registration token; a token begins with the id of its installation
-- and a colon. It is told through the id. Through the token it is told where the id was refused as unregistered: it never
-- reached the device then, and an app that asks for tokens has none registered.
-- A statement is inlined into the one that calls it: asked once for each mentor, it is a few look-ups.
create or replace function scenario_push.devices_to_reach(claim uuid, mentor uuid)
  returns table (id uuid, platform text, token text, token_kind text)
  language sql
  stable
  parallel safe
begin atomic
  with newest as (
    select d.id, d.platform, d.token, d.token_kind
    from public.device_tokens d
    where d.user_id = mentor and d.invalidated_at is null and octet_length(d.token) <= 4096
    order by greatest(d.registered_at, d.last_seen_at) desc nulls last, d.id
    limit 20
  )
  select t.id, t.platform::text, t.token::text, t.token_kind::text
  from newest t
  where not exists (
      select
      from public.delivery_attempts a
      where a.claim_id = claim and a.device_id = t.id
        and (a.outcome = 'accepted' or (a.outcome = 'rejected' and not a.retryable))
      offset 0
    )
    and not exists (
      select
      from newest other
      where (other.token_kind = 'installation_id') is distinct from (t.token_kind = 'installation_id')
        and split_part(other.token, ':', 1) = split_part(t.token, ':', 1)
        -- The token gives way to the id until that is refused, and the id to the token from then on.
        and (t.token_kind = 'installation_id') = exists (
          select
          from public.delivery_attempts a
          where a.claim_id = claim
            and a.device_id = case when t.token_kind = 'installation_id' then t.id else other.id end
            and a.outcome = 'rejected' and a.error_code = 'messaging/installation-id-not-registered'
          offset 0
        )
      offset 0
    );
end;
revoke all on function scenario_push.devices_to_reach(uuid, uuid) from public;
grant execute on function scenario_push.devices_to_reach(uuid, uuid) to scenario_push_worker;

-- The build before knows registration tokens alone: an installation id that it sends as one is refused for good.
create or replace function scenario_push.devices_to_try(claim uuid, mentor uuid)
  returns table (id uuid, platform text, token text)
  language sql
  stable
  parallel safe
begin atomic
  select r.id, r.platform, r.token
  from scenario_push.devices_to_reach(claim, mentor) r
  where r.token_kind = 'registration_token';
end;
