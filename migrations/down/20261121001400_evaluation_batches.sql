-- Drops evaluation_batches and all that it holds.
drop table if exists public.evaluation_batches;
