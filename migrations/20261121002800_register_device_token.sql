-- register_device_token: what an app calls when it starts and whenever its token changes (rpc/register_device_token).
--
-- A device keeps its token when somebody else signs in on it. The row then belongs to who was signed in before, whom
-- row-level security hides, and an upsert would fail on the unique key. So this looks past it: whoever holds a token
-- holds the device, and gets it. Nobody can read the tokens of others, and one that is guessed could only bring the
-- guesser's own messages to that device. A device that changes hands gets a new id, so that nothing that was learned
-- about the old one touches it, and leaves a row in access_audit.
--
-- in   token, platform ('android', 'ios', 'web')
-- out  the device's id
-- Only where device_tokens is the service's own: an adopted table is its owner's to write.
do $$
begin
  if not scenario_push.is_created('device_tokens') then
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
  comment on function public.register_device_token(text, text) is
    'Registers the device of the person signed in; a token that belonged to somebody else changes hands.';
  revoke all on function public.register_device_token(text, text) from public, anon, service_role;
  grant execute on function public.register_device_token(text, text) to authenticated;
end
$$;
