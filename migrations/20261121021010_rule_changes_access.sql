-- Who may read what was changed: who may read the rule or the policy. Nobody writes it but the trigger, which runs as the owner.
select scenario_push.close_table('rule_changes');
grant select on public.rule_changes to scenario_push_worker;

drop policy if exists "changes are read by those who read the rule" on public.rule_changes;
create policy "changes are read by those who read the rule" on public.rule_changes
  for select to authenticated
  using (
    chapter_id = any ((select scenario_push.chapters_in_charge())::uuid[])
    or organization_id = (select scenario_push.organization_to_read())
    or (organization_id is null and chapter_id is null and (select scenario_push.organization_to_read()) is not null));
grant select on public.rule_changes to authenticated;

-- As with rules: the organisation's policy and the default may count in a chapter, so who is in charge of it may read them.
drop policy if exists "policies that count are read by those in charge" on public.delivery_policies;
create policy "policies that count are read by those in charge" on public.delivery_policies
  for select to authenticated
  using (
    organization_id = (select scenario_push.organization_to_read())
    or (organization_id is null and chapter_id is null and (select scenario_push.organization_to_read()) is not null));
