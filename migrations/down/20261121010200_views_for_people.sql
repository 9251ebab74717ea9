-- Drops the views for people, and the policy that lets them read the rules that count.
drop view if exists public.rules_in_force;
drop view if exists public.chapter_log;
do $$
begin
  if to_regclass('public.scenario_rules') is not null then
    drop policy if exists "rules that count are read by those in charge" on public.scenario_rules;
  end if;
end
$$;
drop function if exists scenario_push.failure_reason(uuid, uuid, text);
drop function if exists scenario_push.chapters_to_read(boolean);
drop function if exists scenario_push.chapter_in_charge();
drop function if exists scenario_push.organization_to_read();
