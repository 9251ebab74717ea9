-- Drops rule_changes: what was changed before is not known any more.
drop trigger if exists scenario_rules_changes on public.scenario_rules;
drop trigger if exists delivery_policies_changes on public.delivery_policies;
drop table if exists public.rule_changes;
drop function if exists scenario_push.record_rule_change();
drop function if exists scenario_push.forget_email();
