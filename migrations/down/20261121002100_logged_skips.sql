-- Drops logged_skips and all that it holds.
drop table if exists public.logged_skips;
