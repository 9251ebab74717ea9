-- Who may read and change what, of those who are signed in (role authenticated, auth.uid() says who). anon: nothing.
--
--   what somebody may do for herself hangs on who she is: her records, devices and preferences;
--   what she may do for others hangs on what she is now: an active coordinator, or an active administrator, of the
--   chapter that her row of users names. An administrator's organisation is her chapter's.
--
-- The sub-queries below are worked out once for a statement and not once for a row: (select ...) without a column in it.
-- The functions are security definer, since nobody may read users; the schema is closed, so only policies call them.

-- Called from functions that run as their owner, so it must not look into pg_temp first either. Supabase's own has no
-- path and takes theirs.
do $$
begin
  if obj_description(to_regprocedure('auth.uid()'), 'pg_proc') = 'scenario-push: created' then
    alter function auth.uid() set search_path = pg_catalog, pg_temp;
  end if;
end
$$;

-- The chapters of which the person signed in may read the log and write the rules. Empty: none.
create or replace function scenario_push.chapters_in_charge() returns uuid[]
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
    with me as (
      select u.role::text as role, u.chapter_id, c.organization_id
      from public.users u
      join public.chapters c on c.id = u.chapter_id
      where u.id = auth.uid()
        and u.status::text = 'active'
    )
    -- Two look-ups: an OR between them would read all chapters for every page.
    select coalesce(array_agg(id), '{}')
    from (
      select chapter_id as id from me where role in ('coordinator', 'administrator')
      union
      select c.id from me join public.chapters c on c.organization_id = me.organization_id where me.role = 'administrator'
    ) charge
  $$;

-- The organisation whose rules the person signed in may write. Null: none.
create or replace function scenario_push.organization_in_charge() returns uuid
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
    select c.organization_id
    from public.users u
    join public.chapters c on c.id = u.chapter_id
    where u.id = auth.uid()
      and u.status::text = 'active'
      and u.role::text = 'administrator'
  $$;

revoke all on function scenario_push.chapters_in_charge(), scenario_push.organization_in_charge() from public;
grant execute on function scenario_push.chapters_in_charge(), scenario_push.organization_in_charge() to authenticated;

-- A mentor's own records.
drop policy if exists "people read their own records" on public.scenario_notifications;
create policy "people read their own records" on public.scenario_notifications
  for select to authenticated
  using (user_id = (select auth.uid()));
grant select on public.scenario_notifications to authenticated;

-- The log of a chapter, for who is in charge of it.
-- needs  follow_up_notification_log (chapter_id, delivered_at desc, log_id desc)
drop policy if exists "the log is read by those in charge" on public.follow_up_notification_log;
create policy "the log is read by those in charge" on public.follow_up_notification_log
  for select to authenticated
  using (chapter_id = any ((select scenario_push.chapters_in_charge())::uuid[]));
grant select on public.follow_up_notification_log to authenticated;

-- A chapter's rules, and an organisation's. The defaults for everybody (both ids null) are nobody's to write here.
drop policy if exists "rules are written by those in charge" on public.scenario_rules;
create policy "rules are written by those in charge" on public.scenario_rules
  to authenticated
  using (
    chapter_id = any ((select scenario_push.chapters_in_charge())::uuid[])
    or organization_id = (select scenario_push.organization_in_charge()))
  with check (
    chapter_id = any ((select scenario_push.chapters_in_charge())::uuid[])
    or organization_id = (select scenario_push.organization_in_charge()));
revoke all on public.scenario_rules from service_role;
grant select, insert, update, delete on public.scenario_rules to authenticated, service_role;

-- Her own devices and preferences, where the tables are the service's. An adopted table has its owner's policies.
do $$
declare
  hers text;
begin
  foreach hers in array array['device_tokens', 'notification_preferences'] loop
    if scenario_push.is_created(hers) then
      execute format('drop policy if exists "people see and change their own" on public.%I', hers);
      execute format(
        'create policy "people see and change their own" on public.%I to authenticated '
        || 'using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()))', hers);
      execute format('grant select, insert, update, delete on public.%I to authenticated', hers);
    end if;
  end loop;
end
$$;

-- The organisation's server keeps the organisation's data, and sees the service's.
do $$
declare
  given text;
begin
  foreach given in array array[
    'organizations', 'chapters', 'users', 'activities', 'annual_summary', 'certifications', 'device_tokens',
    'notification_preferences'
  ] loop
    if scenario_push.is_created(given) then
      execute format('revoke all on public.%I from service_role', given);
      execute format('grant select, insert, update, delete on public.%I to service_role', given);
    end if;
  end loop;
end
$$;

-- Nobody writes here but the functions that let somebody through, which run as the owner.
alter table public.access_audit enable row level security;
revoke all on public.access_audit from service_role;
grant select on public.access_audit to service_role;
