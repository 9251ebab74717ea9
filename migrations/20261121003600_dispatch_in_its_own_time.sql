-- What dispatching needs to try each notification in its own time, to see at once who died, and to withdraw what is no
-- longer right.

-- When a notification may be tried next (null: now), and when it was last found to be still due (null: when claimed).
alter table public.scenario_claims add column if not exists next_attempt_at timestamptz;
alter table public.scenario_claims add column if not exists checked_at timestamptz;
grant update (next_attempt_at, checked_at, expires_at) on public.scenario_claims to scenario_push_worker;

-- A claim is released for one of two kinds of reason: sending failed, or it was withdrawn because it was no longer right.
create or replace function scenario_push.is_withdrawal(release_reason text) returns boolean
  language sql
  immutable
  parallel safe
  return release_reason in ('opted_out', 'not_active', 'rule_off', 'no_longer_due', 'recalled', 'stopped');
revoke all on function scenario_push.is_withdrawal(text) from public;
grant execute on function scenario_push.is_withdrawal(text) to scenario_push_worker;

-- Who holds the batch: the key of the advisory lock that its process keeps in a session (null: nobody can tell whether
-- it lives). And what became of its claims when they were last counted, so that a run sums batches and not claims.
alter table public.evaluation_batches
  add column if not exists dispatch_holder integer,
  add column if not exists sent integer not null default 0,
  add column if not exists failed integer not null default 0,
  add column if not exists unknown integer not null default 0,
  add column if not exists withdrawn integer not null default 0;
grant update (dispatch_holder, sent, failed, unknown, withdrawn) on public.evaluation_batches to scenario_push_worker;

-- Batches of before this column was there.
update public.evaluation_batches b
set sent = c.sent, failed = c.failed, unknown = c.unknown
from (
  select
    batch_key,
    count(*) filter (where state = 'sent') as sent,
    count(*) filter (where state = 'released') as failed,
    count(*) filter (where state in ('open', 'unknown', 'held')) as unknown
  from public.scenario_claims
  group by batch_key
) c
where c.batch_key = b.batch_key and b.sent + b.failed + b.unknown = 0;

-- How a sweep ended; null while it runs.
alter table public.evaluation_runs
  add column if not exists withdrawn integer not null default 0,
  add column if not exists end_state text constraint evaluation_runs_end_state_check
    check (end_state in ('finished', 'stopped', 'failed', 'canceled', 'terminated', 'timed_out'));
update public.evaluation_runs set end_state = 'finished' where finished_at is not null and end_state is null;
grant update (withdrawn, end_state) on public.evaluation_runs to scenario_push_worker;

-- What the log says a notification went by where no device accepted it: the mentor's newest device, fcm without any.
create or replace function scenario_push.delivery_channel(mentor uuid) returns text
  language sql
  stable
  parallel safe
  return coalesce(
    (
      select case t.platform when 'ios' then 'apns' else 'fcm' end
      from public.device_tokens t
      where t.user_id = mentor
      order by t.registered_at desc, t.id
      limit 1
    ),
    'fcm');

-- The key of a line that coordinators read: {peer_mentor_id}:{scenario_rule_id}:{date_window}.
create or replace function scenario_push.follow_up_key(mentor uuid, rule uuid, date_window text) returns text
  language sql
  immutable
  parallel safe
  return encode(sha256(convert_to(mentor::text || ':' || rule::text || ':' || date_window, 'UTF8')), 'hex');
revoke all on function scenario_push.delivery_channel(uuid), scenario_push.follow_up_key(uuid, uuid, text) from public;
grant execute on function scenario_push.delivery_channel(uuid), scenario_push.follow_up_key(uuid, uuid, text)
  to scenario_push_worker;
