-- Apps register registration tokens alone again, by the function as it was.
do $$
begin
  if to_regprocedure('public.register_device_token(text, text)') is null then
    return;
  end if;
  create or replace function public.register_device_token(token text, platform text) returns uuid
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $function$
    declare
      me constant uuid := auth.uid();
      before record;
      device uuid;
    begin
      if me is null then
        raise exception 'nobody is signed in' using errcode = 'insufficient_privilege';
      end if;
      -- Two who sign in on one device at once take turns: the second must know from whom it gets the device.
      perform pg_advisory_xact_lock(hashtextextended('scenario-push device ' || register_device_token.token, 0));
      select d.id, d.user_id into before
      from public.device_tokens as d where d.token = register_device_token.token;

      insert into public.device_tokens as d (user_id, token, platform, last_seen_at)
      values (me, register_device_token.token, register_device_token.platform, now())
      on conflict on constraint device_tokens_token_key do update
      set id = case when d.user_id = excluded.user_id then d.id else excluded.id end,
          user_id = excluded.user_id,
          platform = excluded.platform,
          registered_at = case when d.user_id = excluded.user_id then d.registered_at else excluded.registered_at end,
          last_seen_at = excluded.last_seen_at,
          invalidated_at = null,
          invalidation_reason = null
      returning d.id into device;

      if before.user_id <> me then
        insert into public.access_audit (what, database_role, person, row_count, detail)
        values ('register_device_token', session_user, me, 1,
          jsonb_build_object('device_before', before.id, 'person_before', before.user_id, 'device', device));
      end if;
      return device;
    end
    $function$;
end
$$;
drop function if exists public.register_device_token(text, text, text, text);
