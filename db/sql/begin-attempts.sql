-- Writes down, before any request leaves, to which devices the next page of a batch's notifications goes.
-- A notification is tried once under a fence; a device that accepted or finally refused it is not tried again.
--
-- in   batch_key text; fence int; page_size int (notifications); now timestamptz
-- out  a row per device and attempt, in the order of user and position; none when nothing is left under this fence
-- needs  scenario_claims (batch_key, user_id, position); device_tokens (user_id)
with holder as (
  select from evaluation_batches
  where batch_key = :'batch_key' and dispatch_fence = :'fence'::int
  for share
),
page as (
  select c.*
  from scenario_claims c
  where c.batch_key = :'batch_key'
    and c.state in ('open', 'unknown')
    and c.expires_at > :'now'::timestamptz
    and exists (select from holder)
    and not exists (select from delivery_attempts a where a.claim_id = c.id and a.fence = :'fence'::int)
    and exists (
      select from device_tokens t
      where t.user_id = c.user_id
        and t.invalidated_at is null
        and not exists (
          select from delivery_attempts a
          where a.claim_id = c.id and a.device_id = t.id
            and (a.outcome = 'accepted' or (a.outcome = 'rejected' and not a.retryable))
        )
    )
  order by c.user_id, c.position
  limit :'page_size'::int
),
begun as (
  insert into delivery_attempts (claim_id, device_id, platform, attempt, fence, started_at)
  select
    p.id, t.id, t.platform,
    1 + coalesce((select max(a.attempt) from delivery_attempts a where a.claim_id = p.id and a.device_id = t.id), 0),
    :'fence'::int, :'now'::timestamptz
  from page p
  join device_tokens t on t.user_id = p.user_id and t.invalidated_at is null
  where not exists (
    select from delivery_attempts a
    where a.claim_id = p.id and a.device_id = t.id
      and (a.outcome = 'accepted' or (a.outcome = 'rejected' and not a.retryable))
  )
  returning claim_id, device_id, platform, attempt
)
select
  b.claim_id, b.device_id, b.platform, b.attempt, t.token,
  p.user_id, p.scenario_type, p.idempotency_key, p.message_values, coalesce(u.locale, 'nb') as locale,
  r.parameters -> 'messages' as messages
from begun b
join page p on p.id = b.claim_id
join device_tokens t on t.id = b.device_id
join users u on u.id = p.user_id
left join scenario_rules r on r.id = p.scenario_rule_id
order by p.user_id, p.position, b.claim_id
