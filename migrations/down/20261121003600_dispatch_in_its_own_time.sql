-- Drops what the version before does not know: when a notification is tried next, who holds a batch, what is withdrawn.
drop function if exists scenario_push.follow_up_key(uuid, uuid, text);
drop function if exists scenario_push.delivery_channel(uuid);
drop function if exists scenario_push.is_withdrawal(text);
alter table if exists public.evaluation_runs drop column if exists end_state, drop column if exists withdrawn;
alter table if exists public.evaluation_batches
  drop column if exists dispatch_holder,
  drop column if exists sent,
  drop column if exists failed,
  drop column if exists unknown,
  drop column if exists withdrawn;
alter table if exists public.scenario_claims drop column if exists checked_at, drop column if exists next_attempt_at;
