-- What a run failed with is found by reading all of its claims again.
drop index if exists public.scenario_claims_released_idx;
