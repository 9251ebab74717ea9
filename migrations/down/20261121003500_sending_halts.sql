-- Drops sending_halts: a halt that is in force ends with it, for the version before knows of none.
drop table if exists public.sending_halts;
