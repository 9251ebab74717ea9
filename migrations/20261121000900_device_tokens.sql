-- device_tokens: where a mentor's pushes go. A token that the push service reports as unregistered is invalidated,
-- never deleted; the app registers a device again by itself.
-- Created if missing, else adopted.
do $$
begin
  if scenario_push.table_is_missing('device_tokens') then
    create table if not exists public.device_tokens (
      id uuid primary key default gen_random_uuid(),
      user_id uuid not null references public.users (id) on delete cascade,
      token text not null unique,
      platform text not null check (platform in ('android', 'ios', 'web')),
      registered_at timestamptz not null default now(),
      last_seen_at timestamptz,
      invalidated_at timestamptz,
      invalidation_reason text
    );
    perform scenario_push.created('device_tokens', 'Push tokens of mentors'' devices.');
  end if;
end
$$;

select scenario_push.need_column('device_tokens', 'id', 'uuid', 'not null default gen_random_uuid()');
select scenario_push.need_column('device_tokens', 'user_id', 'uuid', 'references public.users (id) on delete cascade');
select scenario_push.need_column('device_tokens', 'token', 'text', 'unique');
select scenario_push.need_column('device_tokens', 'platform', 'text', $$check (platform in ('android', 'ios', 'web'))$$,
  labels => array['android', 'ios', 'web']);
select scenario_push.need_column('device_tokens', 'registered_at', 'timestamptz', 'default now()');
select scenario_push.need_column('device_tokens', 'last_seen_at', 'timestamptz');
select scenario_push.need_column('device_tokens', 'invalidated_at', 'timestamptz');
select scenario_push.need_column('device_tokens', 'invalidation_reason', 'text');
select scenario_push.need_index('device_tokens_user_id_idx', 'device_tokens', array['user_id']);
