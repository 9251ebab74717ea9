-- Drops sweep_budgets and all that it holds.
drop table if exists public.sweep_budgets;
