-- What one person's devices may come to: a token of 4 KB, 20 devices in use. Whoever registers more keeps the newest; a
-- device is as new as it was last registered or seen.
--
-- Where device_tokens is adopted its owner's rules hold, and what reads it takes the newest 20 whose token can be sent to.

-- The devices of a mentor that may be sent to, newest first. Read for every message: `invalidated_at is null` and the
-- length are said as the statements say them, or the index does not serve them. Adopted or not, the index is ours.
do $$
begin
  if to_regclass('public.device_tokens_in_use_idx') is null then
    create index if not exists device_tokens_in_use_idx
      on public.device_tokens (user_id, (greatest(registered_at, last_seen_at)) desc nulls last, id)
      where invalidated_at is null and octet_length(token) <= 4096;
    comment on index public.device_tokens_in_use_idx is 'scenario-push: added';
  end if;
end
$$;

-- Fires for a token of another length alone (its WHEN), so all it does is say so. The token is not repeated.
create or replace function scenario_push.refuse_token() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
begin
  raise exception 'device_tokens.token: expected 1 to 4096 bytes, got %', octet_length(new.token)
    using errcode = 'check_violation', schema = 'public', table = 'device_tokens', column = 'token',
          constraint = 'device_tokens_token_length';
end
$$;

-- Invalidates what a person has beyond their newest 20 devices. Those who write at once take turns (256 of them, by the
-- first byte of the person's id, so that a whole audience takes no more locks than that): each must see what the other has
-- written. Security definer: the oldest give way whoever registers the newest.
create or replace function scenario_push.let_oldest_devices_give_way() returns trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
begin
  if not exists (select from changed where invalidated_at is null) then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtext('scenario-push devices of a person'), turn)
  from (
    select distinct get_byte(uuid_send(user_id), 0) as turn from changed where invalidated_at is null order by turn
  ) as turns;

  update public.device_tokens as d
  set invalidated_at = now(), invalidation_reason = 'too_many_devices'
  from (
    select
      t.id,
      row_number() over (partition by t.user_id order by greatest(t.registered_at, t.last_seen_at) desc nulls last, t.id) as place
    from (select distinct user_id from changed where invalidated_at is null) as people
    join public.device_tokens as t on t.user_id = people.user_id
    where t.invalidated_at is null
  ) as ranked
  where d.id = ranked.id and ranked.place > 20;
  return null;
end
$$;
revoke all on function scenario_push.refuse_token(), scenario_push.let_oldest_devices_give_way() from public;

do $$
begin
  if not scenario_push.is_created('device_tokens') then
    return;
  end if;
  create or replace trigger token_length
    before insert or update of token on public.device_tokens
    for each row when (octet_length(new.token) not between 1 and 4096)
    execute function scenario_push.refuse_token();
  create or replace trigger newest_devices_on_insert
    after insert on public.device_tokens
    referencing new table as changed
    for each statement execute function scenario_push.let_oldest_devices_give_way();
  create or replace trigger newest_devices_on_update
    after update on public.device_tokens
    referencing new table as changed
    for each statement execute function scenario_push.let_oldest_devices_give_way();
end
$$;
