-- What waits for an operator is listed by people and counted by every worker that serves metrics: of millions of claims, a
-- handful.
create index if not exists scenario_claims_held_idx on public.scenario_claims (settled_at) where state = 'held';
