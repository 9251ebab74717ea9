-- Drops why a claim could not be settled: the version before settles a batch as a whole or not at all.
comment on table public.push_gates is 'Whether a project of the push service may be sent to, for all workers.';
alter table public.scenario_claims drop column if exists fault;
