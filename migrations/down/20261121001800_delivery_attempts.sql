-- Drops delivery_attempts and all that it holds.
drop table if exists public.delivery_attempts;
