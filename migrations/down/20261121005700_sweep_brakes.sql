-- Drops sweep_brakes: what is braked is sent, for the version before knows of none. What was withdrawn counts as failed.
do $$
begin
  if to_regprocedure('scenario_push.is_withdrawal(text)') is not null then
    create or replace function scenario_push.is_withdrawal(release_reason text) returns boolean
      language sql
      immutable
      parallel safe
      return release_reason in ('opted_out', 'not_active', 'rule_off', 'no_longer_due', 'recalled', 'stopped');
  end if;
end
$$;
drop table if exists public.sweep_brakes;
