drop index if exists public.scenario_claims_held_idx;
