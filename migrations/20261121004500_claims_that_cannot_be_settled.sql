-- Why a claim could not be settled when that was last tried: a rule of the database that its own rows break. It is tried
-- again, in ever longer intervals, and holds up nobody else. Null for all others.
alter table public.scenario_claims add column if not exists fault text;
grant update (fault) on public.scenario_claims to scenario_push_worker;

comment on table public.push_gates is
  'Whether a project of the push service may be sent to, for all workers; a row "project/platform" sets one platform aside.';
