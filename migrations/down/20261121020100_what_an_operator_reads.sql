-- The worker's role reads of the log what it needs to find a line again, and no names.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'scenario_push_worker') then
    return;
  end if;
  if to_regclass('public.follow_up_notification_log') is not null then
    revoke select (log_id, peer_mentor_id, chapter_id, scenario_rule_id, created_at)
      on public.follow_up_notification_log from scenario_push_worker;
  end if;
  if to_regclass('public.chapter_log') is not null then
    revoke select on public.chapter_log from scenario_push_worker;
    revoke execute on function scenario_push.chapter_in_charge(), scenario_push.failure_reason(uuid, uuid, text)
      from scenario_push_worker;
  end if;
  if to_regclass('public.organizations') is not null then
    revoke select (name) on public.organizations from scenario_push_worker;
  end if;
  if to_regclass('public.chapters') is not null then
    revoke select (name) on public.chapters from scenario_push_worker;
  end if;
end
$$;
