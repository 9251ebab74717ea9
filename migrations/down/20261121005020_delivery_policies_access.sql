-- Takes back who may read and change policies: nobody but the owner.
do $$
begin
  if to_regclass('public.delivery_policies') is not null then
    drop policy if exists "policies are written by those in charge" on public.delivery_policies;
    drop policy if exists "scenario-push worker reads" on public.delivery_policies;
    revoke all on public.delivery_policies from authenticated, service_role, scenario_push_worker;
    alter table public.delivery_policies disable row level security;
  end if;
end
$$;
