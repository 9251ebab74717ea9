-- Lets the worker's role through row-level security, by policies named for it. What it may do with the rows it sees is
-- a matter of its grants.
--
-- On an adopted table nothing else is touched: where row-level security is off the policy sleeps, and where it is on,
-- or is switched on later, the service goes on working.

-- The way in for a table of the service's own: row-level security on, the worker through, the organisation's server
-- (service_role) reads, nobody else sees a row. For the tables here, and for those of later migrations. Which columns
-- the worker may read and write is granted beside the call.
create or replace function scenario_push.close_table(table_name text) returns void
  language plpgsql
  set search_path = ''
  as $$
begin
  execute format('alter table public.%I enable row level security', table_name);
  execute format('drop policy if exists "worker" on public.%I', table_name);
  execute format('create policy "worker" on public.%I to scenario_push_worker using (true) with check (true)', table_name);
  -- Supabase's default privileges give it everything; what was sent is the service's alone to write.
  execute format('revoke all on table public.%I from public, anon, authenticated, service_role', table_name);
  execute format('grant select on table public.%I to service_role', table_name);
end
$$;
revoke all on function scenario_push.close_table(text) from public;

do $$
declare
  own text;
  given text;
begin
  foreach own in array array[
    'evaluation_runs', 'evaluation_batches', 'sweep_budgets', 'push_rate_limits', 'scenario_claims', 'delivery_attempts',
    'scenario_notifications', 'follow_up_notification_log', 'logged_skips'
  ] loop
    perform scenario_push.close_table(own);
  end loop;

  foreach given in array array[
    'organizations', 'chapters', 'users', 'activities', 'annual_summary', 'certifications', 'device_tokens',
    'notification_preferences', 'scenario_rules'
  ] loop
    execute format('drop policy if exists "scenario-push worker reads" on public.%I', given);
    execute format('create policy "scenario-push worker reads" on public.%I for select to scenario_push_worker using (true)', given);
  end loop;
end
$$;

drop policy if exists "scenario-push worker invalidates" on public.device_tokens;
create policy "scenario-push worker invalidates" on public.device_tokens
  for update to scenario_push_worker using (true) with check (true);
