-- Takes back what the version before does not write.
do $$
begin
  if to_regclass('public.scenario_claims') is not null and to_regrole('scenario_push_worker') is not null then
    revoke update (message_values) on public.scenario_claims from scenario_push_worker;
  end if;
end
$$;
