-- What the operator reads in the console, as the worker's role: the log of a chapter, and what chapters and organisations are
-- called. Whom a line of the log is about says nothing that the worker's own records do not.
grant select (log_id, peer_mentor_id, chapter_id, scenario_rule_id, created_at)
  on public.follow_up_notification_log to scenario_push_worker;
grant select on public.chapter_log to scenario_push_worker;
grant execute on function scenario_push.chapter_in_charge(), scenario_push.failure_reason(uuid, uuid, text) to scenario_push_worker;

grant select (name) on public.organizations to scenario_push_worker;
grant select (name) on public.chapters to scenario_push_worker;
