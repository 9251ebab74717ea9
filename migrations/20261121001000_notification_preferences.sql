-- notification_preferences: what a mentor has switched off (or on again). No row means enabled.
-- Created if missing, else adopted.
do $$
begin
  if scenario_push.table_is_missing('notification_preferences') then
    create table if not exists public.notification_preferences (
      user_id uuid not null references public.users (id) on delete cascade,
      scenario_type text not null
        check (scenario_type in ('inactivity', 'milestone', 'certification_expiry', 'welcome_back')),
      enabled boolean not null default true,
      primary key (user_id, scenario_type)
    );
    perform scenario_push.created('notification_preferences', 'What a mentor has switched off; no row means enabled.');
  end if;
end
$$;

select scenario_push.need_column('notification_preferences', 'user_id', 'uuid',
  'references public.users (id) on delete cascade');
select scenario_push.need_column('notification_preferences', 'scenario_type', 'text');
select scenario_push.need_column('notification_preferences', 'enabled', 'boolean', 'not null default true');
select scenario_push.need_index('notification_preferences_user_id_scenario_type_idx', 'notification_preferences',
  array['user_id', 'scenario_type']);
