-- Writes down, before any request leaves, to which devices the next page of a batch's notifications goes.
-- A notification is tried once under a fence; a device that accepted or finally refused it is not tried again.
--
-- in   batch_key text; fence int; page_size int (notifications); now timestamptz
--      from_user uuid (null = from the first): a mentor before whom nothing is left, so that pages before are not read again
-- out  a row per device and attempt, in the order of user and position; none when nothing is left under this fence
-- needs  scenario_claims (batch_key, user_id, position); device_tokens (user_id)
-- OFFSET 0 keeps a question about attempts a look-up by its claim: as a join, it was once answered with a scan of the
-- whole index for each device.
with holder as (
  select from evaluation_batches
  where batch_key = :'batch_key' and dispatch_fence = :'fence'::int
  for share
),
page as (
  select c.*
  from scenario_claims c
  where c.batch_key = :'batch_key'
    and (:'from_user'::uuid is null or c.user_id >= :'from_user'::uuid)
    and c.state in ('open', 'unknown')
    and c.expires_at > :'now'::timestamptz
    and exists (select from holder)
    and not exists (select from delivery_attempts a where a.claim_id = c.id and a.fence = :'fence'::int offset 0)
    and exists (
      select from device_tokens t
      where t.user_id = c.user_id
        and t.invalidated_at is null
        and not exists (
          select from delivery_attempts a
          where a.claim_id = c.id and a.device_id = t.id
            and (a.outcome = 'accepted' or (a.outcome = 'rejected' and not a.retryable))
          offset 0
        )
      offset 0
    )
  order by c.user_id, c.position
  limit :'page_size'::int
),
devices as materialized (
  select
    p.id as claim_id, t.id as device_id, t.platform,
    1 + coalesce((select max(a.attempt) from delivery_attempts a where a.claim_id = p.id and a.device_id = t.id), 0) as attempt,
    t.token,
    p.user_id, p.position, p.scenario_type, p.idempotency_key, p.message_values,
    (select u.locale from users u where u.id = p.user_id) as locale,
    (select r.parameters -> 'messages' from scenario_rules r where r.id = p.scenario_rule_id) as messages
  from page p
  join device_tokens t on t.user_id = p.user_id and t.invalidated_at is null
  where not exists (
    select from delivery_attempts a
    where a.claim_id = p.id and a.device_id = t.id
      and (a.outcome = 'accepted' or (a.outcome = 'rejected' and not a.retryable))
    offset 0
  )
),
begun as (
  insert into delivery_attempts (claim_id, device_id, platform, attempt, fence, started_at)
  select claim_id, device_id, platform, attempt, :'fence'::int, :'now'::timestamptz
  from devices
)
select
  claim_id, device_id, platform, attempt, token,
  user_id, scenario_type, idempotency_key, message_values, coalesce(locale, 'nb') as locale, messages
from devices
order by user_id, position, claim_id
