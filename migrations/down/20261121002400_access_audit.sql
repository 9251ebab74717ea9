-- Drops access_audit and all that it holds.
drop table if exists public.access_audit;
