-- Drops the policies for people and takes back what was granted with them.
do $$
declare
  each record;
begin
  for each in
    select polname as policy, polrelid::regclass as of_table from pg_catalog.pg_policy
    where polrelid in (
        select c.oid from pg_catalog.pg_class c
        where c.relnamespace = 'public'::regnamespace
          and c.relname in ('scenario_notifications', 'follow_up_notification_log', 'scenario_rules', 'device_tokens', 'notification_preferences'))
      and polname in (
      'people read their own records', 'the log is read by those in charge', 'rules are written by those in charge',
      'people see and change their own')
  loop
    execute format('drop policy %I on %s', each.policy, each.of_table);
    execute format('revoke all on table %s from authenticated', each.of_table);
  end loop;

  for each in
    select given as of_table
    from unnest(array[
      'organizations', 'chapters', 'users', 'activities', 'annual_summary', 'certifications', 'device_tokens',
      'notification_preferences', 'scenario_rules', 'access_audit'
    ]) as given
    where to_regclass('public.' || given) is not null
  loop
    if each.of_table in ('scenario_rules', 'access_audit') or scenario_push.is_created(each.of_table) then
      execute format('revoke all on public.%I from service_role', each.of_table);
    end if;
  end loop;
end
$$;
alter table if exists public.access_audit disable row level security;
drop function if exists scenario_push.chapters_in_charge();
drop function if exists scenario_push.organization_in_charge();
