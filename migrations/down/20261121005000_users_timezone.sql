-- Takes users.timezone back where the service added it. An organisation's own column stays, and nobody reads it.
drop function if exists scenario_push.timezone_of(text, text);
drop function if exists scenario_push.is_iana_timezone(text);
do $$
declare
  target regclass := to_regclass('public.users');
begin
  if exists (
    select
    from pg_catalog.pg_attribute
    where attrelid = target and attname = 'timezone' and not attisdropped
      and col_description(target, attnum) = 'scenario-push: added'
  ) then
    alter table public.users drop column timezone;
  elsif target is not null and exists (select from pg_catalog.pg_roles where rolname = 'scenario_push_worker')
    and exists (select from pg_catalog.pg_attribute where attrelid = target and attname = 'timezone' and not attisdropped)
  then
    revoke select (timezone) on public.users from scenario_push_worker;
  end if;
end
$$;
