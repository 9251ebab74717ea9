-- Drops evaluation_runs and all that it holds.
drop table if exists public.evaluation_runs;
