drop table if exists public.sending_halts;
