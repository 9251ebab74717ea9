-- Drops what evaluation relies on beside the tables.
do $$
begin
  if to_regclass('public.scenario_notifications') is not null then
    drop trigger if exists release_claims on public.scenario_notifications;
  end if;
end
$$;
drop function if exists scenario_push.release_claims_of_removed_records();
drop function if exists scenario_push.is_timezone(text);
