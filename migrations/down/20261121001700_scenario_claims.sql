-- Drops scenario_claims and all that it holds.
drop table if exists public.scenario_claims;
