-- Drops rule_scopes(), and the role that writes rules where the migration made it and no other database of the cluster uses it.
drop function if exists public.rule_scopes();

do $migration$
begin
if to_regclass('public.rules_in_force') is not null then
  revoke all on public.rules_in_force from scenario_push_worker;
end if;
if to_regprocedure('scenario_push.chapters_to_read(boolean)') is not null then
  revoke all on function scenario_push.chapters_to_read(boolean) from scenario_push_worker;
create or replace view public.rules_in_force with (security_invoker = true) as
  select
    c.chapter_id, t.scenario_type, r.id as scenario_rule_id,
    case when r.chapter_id is not null then 'chapter' when r.organization_id is not null then 'organization' else 'default' end
      as scope,
    r.enabled, r.cooldown_minutes, r.on_unknown, r.starts_on, r.parameters
  from scenario_push.chapters_to_read(not row_security_active('public.scenario_rules'::regclass)) as c
  cross join (select distinct scenario_type from public.scenario_rules) as t
  left join public.scenario_rules as own on own.chapter_id = c.chapter_id and own.scenario_type = t.scenario_type
  left join public.scenario_rules as shared
    on shared.organization_id = c.organization_id and shared.scenario_type = t.scenario_type
  left join public.scenario_rules as common
    on common.organization_id is null and common.chapter_id is null and common.scenario_type = t.scenario_type
  join public.scenario_rules as r on r.id = coalesce(own.id, shared.id, common.id);
end if;
end
$migration$;

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'scenario_push_rule_writer') then
    return;
  end if;
  if to_regclass('public.scenario_rules') is not null then
    drop policy if exists "rule writers write" on public.scenario_rules;
    revoke all on public.scenario_rules from scenario_push_rule_writer;
  end if;
  if to_regclass('public.delivery_policies') is not null then
    drop policy if exists "rule writers write" on public.delivery_policies;
    revoke all on public.delivery_policies from scenario_push_rule_writer;
  end if;
  revoke all on schema public from scenario_push_rule_writer;
  if shobj_description('scenario_push_rule_writer'::regrole, 'pg_authid') = 'scenario-push: created' then
    begin
      drop role scenario_push_rule_writer;
    exception
      when dependent_objects_still_exist or object_in_use then
        raise notice 'role scenario_push_rule_writer stays: this or another database uses it';
      when undefined_object or insufficient_privilege then
        null;
    end;
  end if;
end
$$;
