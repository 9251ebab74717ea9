-- Closes rule_changes to people again, and the policies of others to those in charge of a chapter.
do $$
begin
  if to_regclass('public.rule_changes') is not null then
    drop policy if exists "changes are read by those who read the rule" on public.rule_changes;
    revoke all on table public.rule_changes from authenticated, scenario_push_worker;
  end if;
end
$$;
drop policy if exists "policies that count are read by those in charge" on public.delivery_policies;
