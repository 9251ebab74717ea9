-- Drops scenario_rules and all that it holds.
drop table if exists public.scenario_rules;
