-- What device_tokens held before it had limits, where the table is the service's: tokens that are too long, and what a
-- person has beyond their newest 20 devices. Both are invalidated, never deleted; an app registers its device again.
do $$
begin
  if not scenario_push.is_created('device_tokens') then
    return;
  end if;
  update public.device_tokens
  set invalidated_at = now(), invalidation_reason = 'token_too_long'
  where invalidated_at is null and octet_length(token) > 4096;

  update public.device_tokens as d
  set invalidated_at = now(), invalidation_reason = 'too_many_devices'
  from (
    select
      id, row_number() over (partition by user_id order by greatest(registered_at, last_seen_at) desc nulls last, id) as place
    from public.device_tokens
    where invalidated_at is null
  ) as ranked
  where d.id = ranked.id and ranked.place > 20;
end
$$;
