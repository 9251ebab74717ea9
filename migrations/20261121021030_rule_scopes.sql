-- What a form for rules asks: the scopes that somebody may read rules of, and may write them in; and for the console's
-- operator, who is no person, a right to write that is granted by itself.

-- The default (both ids null), the organisation and the chapters whose rules the person signed in reads.
create or replace function public.rule_scopes()
  returns table (organization_id uuid, chapter_id uuid, organization_name text, chapter_name text, may_write boolean)
  language sql
  stable
  security definer
  rows 100
  set search_path = pg_catalog, pg_temp
  as $$
    select null::uuid, null::uuid, null::text, null::text, false
    where scenario_push.organization_to_read() is not null
    union all
    select o.id, null, o.name::text, null, o.id is not distinct from scenario_push.organization_in_charge()
    from public.organizations o
    where o.id = (select scenario_push.organization_to_read())
    union all
    select c.organization_id, c.id, o.name::text, c.name::text, true
    from public.chapters c
    left join public.organizations o on o.id = c.organization_id
    where c.id = any ((select scenario_push.chapters_in_charge())::uuid[])
  $$;
comment on function public.rule_scopes() is
  'The scopes whose rules the person signed in may read, what they are called, and whether the person may write there.';
revoke all on function public.rule_scopes() from public, anon, service_role;
grant execute on function public.rule_scopes() to authenticated;

-- scenario_push_rule_writer: all rules and policies, and nothing else. Whoever runs a console grants it to the console's login, or
-- does not, and then operators read rules there.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'scenario_push_rule_writer') then
    begin
      create role scenario_push_rule_writer nologin;
      comment on role scenario_push_rule_writer is 'scenario-push: created';
    exception when duplicate_object or unique_violation then
      null;
    end;
  end if;
  if not has_schema_privilege('scenario_push_rule_writer', 'public', 'usage') then
    grant usage on schema public to scenario_push_rule_writer;
  end if;
end
$$;
grant select, insert, update, delete on public.scenario_rules, public.delivery_policies to scenario_push_rule_writer;
drop policy if exists "rule writers write" on public.scenario_rules;
create policy "rule writers write" on public.scenario_rules to scenario_push_rule_writer using (true) with check (true);
drop policy if exists "rule writers write" on public.delivery_policies;
create policy "rule writers write" on public.delivery_policies to scenario_push_rule_writer using (true) with check (true);

-- Which rule counts where, for the operator as well: the worker's role reads every chapter's.
grant execute on function scenario_push.chapters_to_read(boolean) to scenario_push_worker;
grant select on public.rules_in_force to scenario_push_worker;
create or replace view public.rules_in_force with (security_invoker = true) as
  select
    c.chapter_id, t.scenario_type, r.id as scenario_rule_id,
    case when r.chapter_id is not null then 'chapter' when r.organization_id is not null then 'organization' else 'default' end
      as scope,
    r.enabled, r.cooldown_minutes, r.on_unknown, r.starts_on, r.parameters
  from scenario_push.chapters_to_read(
    not row_security_active('public.scenario_rules'::regclass)
    or pg_has_role(current_user, 'scenario_push_worker', 'usage')) as c
  cross join (select distinct scenario_type from public.scenario_rules) as t
  left join public.scenario_rules as own on own.chapter_id = c.chapter_id and own.scenario_type = t.scenario_type
  left join public.scenario_rules as shared
    on shared.organization_id = c.organization_id and shared.scenario_type = t.scenario_type
  left join public.scenario_rules as common
    on common.organization_id is null and common.chapter_id is null and common.scenario_type = t.scenario_type
  join public.scenario_rules as r on r.id = coalesce(own.id, shared.id, common.id);
