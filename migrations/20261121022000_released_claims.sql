-- What a run failed with is read from its claims that were given up: a few of many, found by their batch.
create index if not exists scenario_claims_released_idx on public.scenario_claims (batch_key) where state = 'released';
