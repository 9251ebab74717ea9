-- The count of claims that cannot be settled reads all open ones again.
drop index if exists public.scenario_claims_fault_idx;
