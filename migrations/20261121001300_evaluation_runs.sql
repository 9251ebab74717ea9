-- evaluation_runs: one row for each sweep and scenario type, for people to read.
-- Its counts are sums over evaluation_batches of the same plan_key, which store their own once.
-- candidates = sum of suppressed + claimed; once finished, claimed = sent + failed + unknown.
create table if not exists public.evaluation_runs (
  id uuid primary key default gen_random_uuid(),
  workflow_id text not null,
  first_run_id text not null,
  scenario_type text not null
    check (scenario_type in ('inactivity', 'milestone', 'certification_expiry', 'welcome_back')),
  as_of timestamptz not null,
  plan_key text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  mentors_evaluated integer not null default 0,
  mentors_misconfigured integer not null default 0,
  candidates integer not null default 0,
  suppressed jsonb not null default '{}',
  claimed integer not null default 0,
  sent integer not null default 0,
  failed integer not null default 0,
  unknown integer not null default 0,
  -- Continuing as new changes the run's id, not its first one.
  unique (workflow_id, first_run_id, scenario_type)
);
comment on table public.evaluation_runs is 'One row for each sweep and scenario type: what was asked, and what came of it.';
revoke all on table public.evaluation_runs from public, anon, authenticated;

create index if not exists evaluation_runs_started_at_idx on public.evaluation_runs (started_at desc);
