-- sweep_budgets: what is left of `sweep --limit N`, shared by the batches of one sweep.
create table if not exists public.sweep_budgets (
  sweep_key text primary key,
  allowance integer not null check (allowance >= 0),
  remaining integer not null check (remaining >= 0),
  created_at timestamptz not null default now(),
  check (remaining <= allowance)
);
comment on table public.sweep_budgets is 'How many more notifications a sweep with a limit may send.';
revoke all on table public.sweep_budgets from public, anon, authenticated;
