-- Every worker counts the claims that cannot be settled four times a minute; there are next to none.
create index if not exists scenario_claims_fault_idx on public.scenario_claims (batch_key) where fault is not null;
