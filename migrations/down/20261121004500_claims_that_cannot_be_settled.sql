-- Drops why a claim could not be settled: the version before settles a batch as a whole or not at all.
do $$
begin
  if to_regclass('public.push_gates') is not null then
    comment on table public.push_gates is 'Whether a project of the push service may be sent to, for all workers.';
  end if;
end
$$;
alter table if exists public.scenario_claims drop column if exists fault;
