-- Claims that wait for an operator are found without it, only slower.
drop index if exists public.scenario_claims_held_idx;
