-- What waits for its mentor's hours, counted: with its batch when that was last counted, and summed into the runs.
alter table public.evaluation_batches add column if not exists deferred integer not null default 0;
alter table public.evaluation_runs add column if not exists deferred integer not null default 0;
grant update (deferred) on public.evaluation_batches, public.evaluation_runs to scenario_push_worker;

-- A mentor's hours may have changed by the time their notification is sent: it is put off again.
grant update (send_at) on public.scenario_claims to scenario_push_worker;

-- How long claims have been waiting to be settled. What waits for a mentor's hours has been since those began.
create index if not exists scenario_claims_waiting_idx
  on public.scenario_claims (coalesce(send_at, claimed_at)) where state in ('open', 'unknown');
drop index if exists public.scenario_claims_unsettled_idx;
create index if not exists evaluation_batches_deferred_idx on public.evaluation_batches (scenario_type) where deferred > 0;
