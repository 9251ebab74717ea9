-- scenario_push_worker: what the service works as. No log-in, no superuser, no BYPASSRLS; the worker's login is made a
-- member (docs/access.md). It reads the columns that decide who is told what, and writes the service's own books.
--
-- What is granted here is what the statements in db/sql need; test/policies holds it to exactly that. On an adopted table
-- the owner's own grants stay as they are.

-- As in the migration of Supabase's roles: another database of the cluster may be migrated at this very moment.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'scenario_push_worker') then
    begin
      create role scenario_push_worker nologin;
      comment on role scenario_push_worker is 'scenario-push: created';
    exception when duplicate_object or unique_violation then
      null;
    end;
  end if;
  -- Everybody may pass through public unless somebody has changed that.
  if not has_schema_privilege('scenario_push_worker', 'public', 'usage') then
    grant usage on schema public to scenario_push_worker;
  end if;
end
$$;

-- A function that runs as its owner must not find what its caller has put in her own pg_temp, which is searched first
-- unless the path names it: a temporary domain called uuid would run its CHECK with the owner's rights.
alter function scenario_push.applied_versions() set search_path = pg_catalog, pg_temp;

-- A user who is deleted takes her records along, and before PostgreSQL 18 what a cascade sets off runs as whoever deleted
-- her, who has no right to claims.
alter function scenario_push.release_claims_of_removed_records() security definer;
alter function scenario_push.release_claims_of_removed_records() set search_path = pg_catalog, pg_temp;

grant usage on schema scenario_push to scenario_push_worker;
grant execute on function scenario_push.applied_versions() to scenario_push_worker;
grant execute on function scenario_push.is_timezone(text) to scenario_push_worker;

-- The organisation's data: no name, no contact, nothing that no statement reads.
grant select (id, timezone) on public.organizations to scenario_push_worker;
grant select (id, organization_id) on public.chapters to scenario_push_worker;
grant select (id, chapter_id, role, status, locale, created_at) on public.users to scenario_push_worker;
grant select (user_id, activity_date) on public.activities to scenario_push_worker;
grant select (user_id, year, session_count, computed_at) on public.annual_summary to scenario_push_worker;
grant select (id, user_id, certification_type, expires_on) on public.certifications to scenario_push_worker;
grant select (user_id, scenario_type, enabled) on public.notification_preferences to scenario_push_worker;
grant
  select (id, user_id, token, platform, registered_at, last_seen_at, invalidated_at),
  update (invalidated_at, invalidation_reason)
  on public.device_tokens to scenario_push_worker;

-- Rules are for people to write.
grant select on public.scenario_rules to scenario_push_worker;

-- The service's books.
grant
  select, insert,
  update (
    finished_at, mentors_evaluated, mentors_misconfigured, candidates, suppressed, claimed, sent, failed, unknown)
  on public.evaluation_runs to scenario_push_worker;
grant
  select, insert,
  update (mentors_evaluated, mentors_misconfigured, candidates, suppressed, claimed, dispatch_fence)
  on public.evaluation_batches to scenario_push_worker;
grant select, insert, update (remaining) on public.sweep_budgets to scenario_push_worker;
grant select, insert, update (next_free_at) on public.push_rate_limits to scenario_push_worker;
grant select, insert, update (state, dispatched_at, settled_at, release_reason) on public.scenario_claims to scenario_push_worker;
grant
  select, insert,
  update (outcome, retryable, error_code, message_id, finished_at)
  on public.delivery_attempts to scenario_push_worker;
grant select, insert, update (logged_at) on public.logged_skips to scenario_push_worker;
-- An operator who releases a held notification takes its record away.
grant select, insert, update (delivery_status), delete on public.scenario_notifications to scenario_push_worker;
-- Written for coordinators: read as far as a later success must find its line, and not whom it was about.
grant
  select (idempotency_key, status, delivered_at, delivery_channel), insert,
  update (status, delivered_at, delivery_channel)
  on public.follow_up_notification_log to scenario_push_worker;

-- Keeps rules and chapters from being deleted until the transaction ends, and says which of them are there. A lock asks for
-- the right to change the row, which the worker has not: security definer, and nothing but ids comes out.
create or replace function scenario_push.keep_rules(ids uuid[]) returns setof uuid
  language sql
  security definer
  rows 100
  set search_path = pg_catalog, pg_temp
  as $$
    select id from public.scenario_rules where id = any (ids) for key share
  $$;
create or replace function scenario_push.keep_chapters(ids uuid[]) returns setof uuid
  language sql
  security definer
  rows 100
  set search_path = pg_catalog, pg_temp
  as $$
    select id from public.chapters where id = any (ids) for key share
  $$;
revoke all on function scenario_push.keep_rules(uuid[]), scenario_push.keep_chapters(uuid[]) from public;
grant execute on function scenario_push.keep_rules(uuid[]), scenario_push.keep_chapters(uuid[]) to scenario_push_worker;
