-- evaluation_batches: one row for each range of mentors that was evaluated for one scenario type at one as_of.
-- Inserted before the evaluation in the same transaction: a second attempt waits on the primary key, and then finds
-- counts and claims instead of counting again.
create table if not exists public.evaluation_batches (
  batch_key text primary key,
  plan_key text not null,
  scenario_type text not null
    check (scenario_type in ('inactivity', 'milestone', 'certification_expiry', 'welcome_back')),
  as_of timestamptz not null,
  range_from uuid not null,
  -- Exclusive; null: to the end of the UUID space.
  range_to uuid,
  workflow_id text not null,
  run_id text not null,
  evaluated_at timestamptz not null,
  mentors_evaluated integer not null default 0,
  mentors_misconfigured integer not null default 0,
  candidates integer not null default 0,
  claimed integer not null default 0,
  suppressed jsonb not null default '{}',
  -- Raised by every attempt to dispatch: who holds an older one may neither begin nor settle.
  dispatch_fence integer not null default 0
);
comment on table public.evaluation_batches is 'A range of mentors, evaluated once: its counts, and who may dispatch its claims.';
revoke all on table public.evaluation_batches from public, anon, authenticated;

create index if not exists evaluation_batches_plan_key_idx on public.evaluation_batches (plan_key);
