-- Counts what became of a batch's notifications and keeps it with the batch, for runs to sum. Whose account was deleted has
-- no claim any more: counted as withdrawn, unless it was counted as sent or failed before.
-- in   batch_key text; now timestamptz
-- out  one row: sent, failed, held, unknown, open, deferred, withdrawn int (open, deferred, unknown: not settled; deferred:
--      open, and waiting for the mentor's hours); deferred_until timestamptz (when the first of those may be sent, null
--      without any); next_ms int: until the next of what is not settled may be tried, 0 or more, null without any
-- needs  scenario_claims (batch_key, user_id, position)
with unsettled as (
  -- A mentor's later notification waits for the one before.
  select
    state,
    max(send_at) over of_mentor as send_at,
    max(greatest(next_attempt_at, send_at, :'now'::timestamptz)) over of_mentor as next_at
  from scenario_claims
  where batch_key = :'batch_key' and state in ('open', 'unknown')
  window of_mentor as (partition by user_id order by position)
),
waiting as (
  select
    count(*) filter (where state = 'open' and send_at > :'now'::timestamptz) as deferred,
    min(send_at) filter (where state = 'open' and send_at > :'now'::timestamptz) as deferred_until,
    min(next_at) as next_at
  from unsettled
),
found as (
  select
    count(*) filter (where state = 'sent') as sent,
    count(*) filter (where state = 'released' and scenario_push.is_withdrawal(release_reason) is not true) as failed,
    count(*) filter (where state = 'held') as held,
    count(*) filter (where state = 'unknown') as unknown,
    count(*) filter (where state = 'open') - (select deferred from waiting) as open,
    (select deferred from waiting) as deferred,
    count(*) filter (where state = 'released' and scenario_push.is_withdrawal(release_reason) is true) as withdrawn,
    count(*) as there
  from scenario_claims
  where batch_key = :'batch_key'
),
missing as (
  select missing, sent, least(missing - sent, failed) as failed
  from (
    select
      greatest(0, coalesce(b.claimed, 0) - f.there) as missing,
      least(greatest(0, coalesce(b.claimed, 0) - f.there), greatest(0, coalesce(b.sent, 0) - f.sent)) as sent,
      greatest(0, coalesce(b.failed, 0) - f.failed) as failed
    from found f
    left join evaluation_batches b on b.batch_key = :'batch_key'
  ) counted_before
),
claims as (
  select
    f.sent + m.sent as sent, f.failed + m.failed as failed, f.held, f.unknown, f.open, f.deferred,
    f.withdrawn + m.missing - m.sent - m.failed as withdrawn
  from missing m, found f
),
kept as (
  update evaluation_batches b
  set sent = c.sent, failed = c.failed, unknown = c.unknown + c.held + c.open, deferred = c.deferred, withdrawn = c.withdrawn
  from claims c
  where b.batch_key = :'batch_key'
    and (b.sent, b.failed, b.unknown, b.deferred, b.withdrawn)
      is distinct from (c.sent, c.failed, c.unknown + c.held + c.open, c.deferred, c.withdrawn)
)
select
  c.sent::int, c.failed::int, c.held::int, c.unknown::int, c.open::int, c.deferred::int, c.withdrawn::int,
  w.deferred_until,
  ceil(extract(epoch from w.next_at - :'now'::timestamptz) * 1000)::int as next_ms
from claims c, waiting w
