-- Forgets what batches left out.
drop index if exists public.evaluation_batches_set_aside_idx;
alter table if exists public.evaluation_batches drop column if exists set_aside;
