-- What people read: the log with its scenario and reason, and the rules that count in each chapter. Both views work with the
-- rights of who asks (security_invoker), so that the policies of the tables bound them.

-- The organisation of whoever is in charge of a chapter, as coordinator or administrator. Null: they are in charge of none.
create or replace function scenario_push.organization_to_read() returns uuid
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
      and u.role::text in ('coordinator', 'administrator')
  $$;

-- The one chapter that a coordinator reads. Null for everybody else, an administrator too: they may read several.
create or replace function scenario_push.chapter_in_charge() returns uuid
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
    select u.chapter_id
    from public.users u
    where u.id = auth.uid()
      and u.status::text = 'active'
      and u.role::text = 'coordinator'
  $$;

-- The chapters whose rules somebody may see: those that they are in charge of. `everything`: whoever no policy binds.
create or replace function scenario_push.chapters_to_read(everything boolean)
  returns table (chapter_id uuid, organization_id uuid)
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
    select c.id, c.organization_id
    from public.chapters c
    where everything or c.id = any ((select scenario_push.chapters_in_charge())::uuid[])
  $$;

-- Why a notification was given up, of a line of the log: `rejected`, `not_tried_in_time` or `operator`. Null once its claim was
-- pruned.
-- needs  scenario_claims (user_id, …)
create or replace function scenario_push.failure_reason(mentor uuid, rule uuid, idempotency_key text) returns text
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
    select c.release_reason
    from public.scenario_claims c
    where c.user_id = mentor
      and c.scenario_rule_id = rule
      and c.state = 'released'
      and scenario_push.follow_up_key(c.user_id, c.scenario_rule_id, c.date_window) = failure_reason.idempotency_key
    order by c.settled_at desc
    limit 1
  $$;

revoke all on function
  scenario_push.organization_to_read(), scenario_push.chapter_in_charge(), scenario_push.chapters_to_read(boolean),
  scenario_push.failure_reason(uuid, uuid, text)
  from public;
grant execute on function scenario_push.organization_to_read() to authenticated;
-- service_role: the views call them for it as well.
grant execute on function
  scenario_push.chapter_in_charge(), scenario_push.chapters_to_read(boolean), scenario_push.failure_reason(uuid, uuid, text)
  to authenticated, service_role;

-- The organisation's rule and the default may count in a chapter, so who is in charge of it may read them. Writing is bound by
-- the other policy alone.
drop policy if exists "rules that count are read by those in charge" on public.scenario_rules;
create policy "rules that count are read by those in charge" on public.scenario_rules
  for select to authenticated
  using (
    organization_id = (select scenario_push.organization_to_read())
    or (organization_id is null and chapter_id is null and (select scenario_push.organization_to_read()) is not null));

-- A page is found in the index alone, in its order, and only the rows that it shows are read. The first part names their
-- chapter for a coordinator; the second is for everybody else, and not begun for a coordinator.
-- needs  follow_up_notification_log (chapter_id, delivered_at desc, log_id desc), (log_id)
create or replace view public.chapter_log with (security_invoker = true) as
  select
    found.log_id, l.peer_mentor_id, found.chapter_id, l.scenario_rule_id,
    (select r.scenario_type from public.scenario_rules r where r.id = l.scenario_rule_id) as scenario_type,
    found.delivered_at, l.delivery_channel, l.status,
    case l.status
      when 'skipped' then 'no_device_token'
      when 'failed' then scenario_push.failure_reason(l.peer_mentor_id, l.scenario_rule_id, l.idempotency_key)
    end as reason,
    l.idempotency_key, l.created_at
  from (
    (
      select chapter_id, delivered_at, log_id from public.follow_up_notification_log
      where chapter_id = (select scenario_push.chapter_in_charge())
      order by delivered_at desc, log_id desc
    )
    union all
    (
      select chapter_id, delivered_at, log_id from public.follow_up_notification_log
      where (select scenario_push.chapter_in_charge()) is null
      order by delivered_at desc, log_id desc
    )
  ) as found
  join public.follow_up_notification_log as l on l.log_id = found.log_id;
comment on view public.chapter_log is
  'The follow-up log of the chapters that somebody is in charge of, with the scenario, and why it was skipped or failed.';

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
comment on view public.rules_in_force is
  'The rule that counts in each chapter that somebody is in charge of: the chapter''s, else the organisation''s, else the default.';

revoke all on table public.chapter_log, public.rules_in_force from public, anon, authenticated, service_role;
grant select on table public.chapter_log, public.rules_in_force to authenticated, service_role;
