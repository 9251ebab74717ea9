-- Drops the validation of rules; the table that uses it is gone by now.
do $$
begin
  if to_regnamespace('scenario_push') is not null then
    drop function if exists scenario_push.require_sound_rule(uuid, uuid, text, jsonb);
  end if;
end
$$;
drop function if exists public.scenario_rule_fault(text, jsonb);
