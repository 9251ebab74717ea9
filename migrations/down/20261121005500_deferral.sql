-- Drops what the version before does not know: how much waits for its mentors' hours.
do $$
begin
  if to_regclass('public.scenario_claims') is not null then
    create index if not exists scenario_claims_unsettled_idx
      on public.scenario_claims (claimed_at) where state in ('open', 'unknown');
  end if;
end
$$;
drop index if exists public.scenario_claims_waiting_idx;
drop index if exists public.evaluation_batches_deferred_idx;
alter table if exists public.evaluation_runs drop column if exists deferred;
alter table if exists public.evaluation_batches drop column if exists deferred;
