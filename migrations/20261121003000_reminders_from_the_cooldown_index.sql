-- Reminders since the last activity are counted from the index that the cooldown is looked up in, without the table: of a
-- million mentors a quarter have long been silent, and for each of them the table was read.
do $$
begin
  if not exists (
    select
    from pg_index i
    join pg_attribute a on a.attrelid = i.indexrelid and a.attname = 'evaluation_date'
    where i.indexrelid = to_regclass('public.scenario_notifications_cooldown_idx')
  ) then
    drop index if exists public.scenario_notifications_cooldown_idx;
    create index scenario_notifications_cooldown_idx
      on public.scenario_notifications (user_id, scenario_type, cooldown_from desc) include (evaluation_date);
  end if;
end
$$;
