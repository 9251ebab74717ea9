-- Who may read and change policies: as with rules, those in charge of a chapter its own, an administrator the
-- organisation's as well, and nobody signed in the default. The worker reads.
alter table public.delivery_policies enable row level security;

drop policy if exists "scenario-push worker reads" on public.delivery_policies;
create policy "scenario-push worker reads" on public.delivery_policies
  for select to scenario_push_worker using (true);
grant select on public.delivery_policies to scenario_push_worker;

drop policy if exists "policies are written by those in charge" on public.delivery_policies;
create policy "policies are written by those in charge" on public.delivery_policies
  to authenticated
  using (
    chapter_id = any ((select scenario_push.chapters_in_charge())::uuid[])
    or organization_id = (select scenario_push.organization_in_charge()))
  with check (
    chapter_id = any ((select scenario_push.chapters_in_charge())::uuid[])
    or organization_id = (select scenario_push.organization_in_charge()));
revoke all on public.delivery_policies from service_role;
grant select, insert, update, delete on public.delivery_policies to authenticated, service_role;
