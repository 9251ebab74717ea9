-- register_device_token(token, platform, kind, replaces): what an app calls that registers by its Firebase installation id,
-- or moves from its registration token to it. With two arguments it registers a registration token, as before.
--
-- Of one installation the service may hold the id and a registration token, which begins with the id and a colon. Both stay
-- in use, and a notification goes to one of the two (scenario_push.devices_to_reach). Where the installation belonged to
-- somebody else, what they had of it is taken out: their messages would come to whoever is signed in now. An app that knows
-- its former token says so with `replaces`, and it is taken out whatever it begins with.
--
-- A device that was taken out and is registered again counts as registered now.
--
-- in   token; platform ('android', 'ios', 'web'); kind ('registration_token', 'installation_id'); replaces: the token that
--      this one stands for from now on, or null
-- out  the device's id
-- Only where device_tokens is the service's own: an adopted table is its owner's to write.
do $$
begin
  if not scenario_push.is_created('device_tokens') then
    return;
  end if;
  create or replace function public.register_device_token(token text, platform text, kind text, replaces text default null)
    returns uuid
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $function$
    declare
      me constant uuid := auth.uid();
      installation constant text := split_part(register_device_token.token, ':', 1);
      before record;
      device uuid;
    begin
      if me is null then
        raise exception 'nobody is signed in' using errcode = 'insufficient_privilege';
      end if;
      if kind = 'installation_id' and installation <> register_device_token.token then
        raise exception 'kind: expected registration_token, got installation_id with a token that has a colon'
          using errcode = 'check_violation', hint = 'An installation id is what FirebaseInstallations.getId() returns.';
      end if;
      -- Two who sign in on one device at once take turns: the second must know from whom it gets the device.
      perform pg_advisory_xact_lock(hashtextextended('scenario-push device ' || installation, 0));
      select d.id, d.user_id into before
      from public.device_tokens as d where d.token = register_device_token.token;

      insert into public.device_tokens as d (user_id, token, platform, token_kind, last_seen_at)
      values (me, register_device_token.token, register_device_token.platform, kind, now())
      on conflict on constraint device_tokens_token_key do update
      set id = case when d.user_id = excluded.user_id then d.id else excluded.id end,
          user_id = excluded.user_id,
          platform = excluded.platform,
          token_kind = excluded.token_kind,
          registered_at = case
            when d.user_id = excluded.user_id and d.invalidated_at is null and d.token_kind = excluded.token_kind
              then d.registered_at
            else excluded.registered_at
          end,
          last_seen_at = excluded.last_seen_at,
          invalidated_at = null,
          invalidation_reason = null
      returning d.id into device;

      if before.user_id <> me then
        insert into public.access_audit (what, database_role, person, row_count, detail)
        values ('register_device_token', session_user, me, 1,
          jsonb_build_object('device_before', before.id, 'person_before', before.user_id, 'device', device));
      end if;
      with retired as (
        update public.device_tokens as o
        set invalidated_at = now(), invalidation_reason = case when o.token = replaces then 'replaced' else 'changed_hands' end
        where o.id <> device and o.invalidated_at is null
          and (o.token = replaces
            or (split_part(o.token, ':', 1) = installation and o.user_id <> me and o.token_kind <> kind))
        returning o.id, o.user_id
      )
      insert into public.access_audit (what, database_role, person, row_count, detail)
      select 'register_device_token', session_user, me, 1,
        jsonb_build_object('device_before', r.id, 'person_before', r.user_id, 'device', device)
      from retired as r where r.user_id <> me;
      return device;
    end
    $function$;
  comment on function public.register_device_token(text, text, text, text) is
    'Registers the device of the person signed in, by registration token or installation id; what belonged to somebody else changes hands.';
  revoke all on function public.register_device_token(text, text, text, text) from public, anon, service_role;
  grant execute on function public.register_device_token(text, text, text, text) to authenticated;

  create or replace function public.register_device_token(token text, platform text) returns uuid
    language sql
    security invoker
  begin atomic
    select public.register_device_token(token, platform, 'registration_token', null);
  end;
end
$$;
