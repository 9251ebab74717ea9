-- Drops the function by which the statements of this version find the devices to reach, and has the one before know no
-- installation ids.
do $$
begin
  if to_regprocedure('scenario_push.devices_to_try(uuid, uuid)') is null then
    return;
  end if;
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
end
$$;
drop function if exists scenario_push.devices_to_reach(uuid, uuid);
