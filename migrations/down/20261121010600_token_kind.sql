-- Takes device_tokens.token_kind back where the service added it. An organisation's own column stays, and nobody reads it.
do $$
declare
  target regclass := to_regclass('public.device_tokens');
begin
  if target is null then
    return;
  end if;
  drop index if exists public.device_tokens_installation_idx;
  if exists (
    select
    from pg_catalog.pg_attribute
    where attrelid = target and attname = 'token_kind' and not attisdropped
      and col_description(target, attnum) = 'scenario-push: added'
  ) then
    alter table public.device_tokens drop column token_kind;
  elsif exists (select from pg_catalog.pg_roles where rolname = 'scenario_push_worker')
    and exists (select from pg_catalog.pg_attribute where attrelid = target and attname = 'token_kind' and not attisdropped)
  then
    revoke select (token_kind) on public.device_tokens from scenario_push_worker;
  end if;
end
$$;
