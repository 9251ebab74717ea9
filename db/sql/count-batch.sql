-- Counts what became of a batch's notifications and keeps it with the batch, for runs to sum. Whose account was deleted has
-- no claim any more: counted as withdrawn.
-- in   batch_key text; now timestamptz
-- out  one row: sent, failed, held, unknown, open, withdrawn int (open, unknown: not settled); next_ms int: until the next
--      of those may be tried, 0 or more, null without any
with claims as (
  select
    count(*) filter (where state = 'sent') as sent,
    count(*) filter (where state = 'released' and scenario_push.is_withdrawal(release_reason) is not true) as failed,
    count(*) filter (where state = 'held') as held,
    count(*) filter (where state = 'unknown') as unknown,
    count(*) filter (where state = 'open') as open,
    count(*) filter (where state = 'released' and scenario_push.is_withdrawal(release_reason) is true)
      + greatest(0, (select b.claimed from evaluation_batches b where b.batch_key = :'batch_key') - count(*)) as withdrawn,
    min(coalesce(next_attempt_at, :'now'::timestamptz)) filter (where state in ('open', 'unknown')) as next_at
  from scenario_claims
  where batch_key = :'batch_key'
),
kept as (
  update evaluation_batches b
  set sent = c.sent, failed = c.failed, unknown = c.unknown + c.held + c.open, withdrawn = c.withdrawn
  from claims c
  where b.batch_key = :'batch_key'
    and (b.sent, b.failed, b.unknown, b.withdrawn) is distinct from (c.sent, c.failed, c.unknown + c.held + c.open, c.withdrawn)
)
select
  sent::int, failed::int, held::int, unknown::int, open::int, withdrawn::int,
  case when next_at is not null then greatest(0, ceil(extract(epoch from next_at - :'now'::timestamptz) * 1000))::int end as next_ms
from claims
