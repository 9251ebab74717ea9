-- The index as it was, for the version before.
do $$
begin
  if to_regclass('public.scenario_notifications') is not null then
    drop index if exists public.scenario_notifications_cooldown_idx;
    create index scenario_notifications_cooldown_idx
      on public.scenario_notifications (user_id, scenario_type, cooldown_from desc);
  end if;
end
$$;
