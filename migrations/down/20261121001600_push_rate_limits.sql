-- Drops push_rate_limits and all that it holds.
drop table if exists public.push_rate_limits;
