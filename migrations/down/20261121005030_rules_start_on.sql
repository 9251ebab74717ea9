-- Drops starts_on: a rule counts whenever something arose, as the version before has it.
alter table if exists public.scenario_rules drop column if exists starts_on;
drop function if exists scenario_push.require_meant_start(date);
