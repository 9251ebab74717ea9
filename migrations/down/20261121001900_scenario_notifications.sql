-- Drops scenario_notifications and all that it holds.
drop table if exists public.scenario_notifications;
