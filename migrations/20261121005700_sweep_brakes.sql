-- sweep_brakes: whether what a sweep claims of a scenario type may leave, one row for each plan and type; sweeps that share
-- their batches share it. Without a row nothing is braked. docs/decisions/0011-the-brake.md
--   undecided  too little is evaluated to tell; nothing leaves
--   clear      not more than usual: it is sent
--   braked     far more than usual: nothing leaves until somebody answers
--   released   somebody had it sent, or nothing was to be braked
--   withdrawn  somebody stopped it, or nobody answered in time
create table if not exists public.sweep_brakes (
  plan_key text not null,
  scenario_type text not null,
  state text not null check (state in ('undecided', 'clear', 'braked', 'released', 'withdrawn')),
  -- Of the plan: its batches of the type, the mentors it divides, and what it may send at most (null: any number).
  batches integer not null check (batches >= 1),
  mentors integer not null check (mentors >= 0),
  allowance integer check (allowance >= 0),
  factor double precision not null check (factor >= 1),
  minimum integer not null check (minimum >= 0),
  planned_at timestamptz not null,
  -- About how many notifications there are; the median of so many finished sweeps, or with none a tenth of the mentors.
  expected integer,
  usual integer,
  sweeps integer,
  braked_at timestamptz,
  answered_at timestamptz,
  primary key (plan_key, scenario_type)
);
comment on table public.sweep_brakes is 'Whether what a sweep has claimed of a scenario type may leave.';
select scenario_push.close_table('sweep_brakes');
grant
  select, insert,
  update (state, expected, usual, sweeps, braked_at, answered_at)
  on public.sweep_brakes to scenario_push_worker;

-- What was braked and not answered is withdrawn.
create or replace function scenario_push.is_withdrawal(release_reason text) returns boolean
  language sql
  immutable
  parallel safe
  return release_reason in ('opted_out', 'not_active', 'rule_off', 'no_longer_due', 'recalled', 'stopped', 'braked');
