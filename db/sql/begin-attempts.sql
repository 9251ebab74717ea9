-- Begins the next attempts of a batch, and withdraws what is no longer right at this moment. What it begins must leave at
-- once: an opt-out that was committed before this statement began is never followed by a request. What would reach a mentor
-- outside of their hours, as they stand now, is put off until those begin, with its whole time to live.
--
-- One notification a mentor at a time, and mentors in the order of their ids, so that one mentor's notifications go out in
-- their order, also where one waits to be tried again. A notification is tried once under a fence.
-- After hold-for-share.sql in the same transaction.
--
-- in   batch_key text; fence int; messages int (begin no further notification once so many are begun); now timestamptz;
--      after_user uuid, is_first boolean (behind whom the pass goes on; is_first: including them); check_before timestamptz (what was claimed, or found to be due, before
--      is not begun until it is checked again); project_id text; is_probe boolean (one message although the gate is closed);
--      never_waited boolean (nothing that has had to wait for its next try)
-- out  one row at least, and one for each device and attempt begun, in the order of users: is_holder boolean (the fence is
--      still ours); shut text ('halted', 'closed' or null); withdrawn int; reached_user uuid (the last mentor withdrawn or put off);
--      claim_id (null where nothing was begun) and all that a message is made of
-- needs  scenario_claims (batch_key, user_id, position); delivery_attempts (claim_id, …); device_tokens (user_id)
-- OFFSET 0: see README.md.
with holder as (
  select from evaluation_batches
  where batch_key = :'batch_key' and dispatch_fence = :'fence'::int
  for share
),
gate as materialized (
  select case
    when exists (select from sending_halts where ended_at is null) then 'halted'
    when not :'is_probe'::boolean
      and exists (select from push_gates g where g.project_id = :'project_id' and g.closed_until is not null) then 'closed'
  end as shut,
  -- Whose devices are all refused (domain/outcome.ts, platformGate).
  array(select platform from scenario_push.platforms_set_aside(:'project_id')) as set_aside
),
-- Where every hour is open to everybody, no mentor's hours are looked up.
hours as materialized (
  select exists (select from delivery_policies where send_from <> send_until) as are_kept
),
next_of_mentor as (
  select distinct on (c.user_id) c.*
  from scenario_claims c
  where c.batch_key = :'batch_key'
    -- Said so that a plan for any parameters begins where the pass has got to.
    and c.user_id >= :'after_user'::uuid
    and (c.user_id > :'after_user'::uuid or :'is_first'::boolean)
    and c.state in ('open', 'unknown')
    and (c.next_attempt_at is null or c.next_attempt_at <= :'now'::timestamptz)
    and (c.send_at is null or c.send_at <= :'now'::timestamptz)
    and c.expires_at > :'now'::timestamptz
    and coalesce(c.checked_at, c.claimed_at) > :'check_before'::timestamptz
    and exists (select from holder)
    and (select shut is null from gate)
    and (c.next_attempt_at is null or not :'never_waited'::boolean)
    and not exists (select from delivery_attempts a where a.claim_id = c.id and a.fence = :'fence'::int offset 0)
    and not exists (
      select from scenario_claims e
      where e.batch_key = c.batch_key and e.user_id = c.user_id and e.position < c.position and e.state in ('open', 'unknown')
      offset 0
    )
    and exists (
      select from scenario_push.devices_to_reach(c.id, c.user_id) t
      where t.platform <> all ((select set_aside from gate)::text[])
      offset 0
    )
  order by c.user_id, c.position
  limit :'messages'::int
),
judged as materialized (
  select
    n.*,
    u.locale,
    r.parameters -> 'messages' as messages,
    r.parameters -> 'link' as link,
    case
      when exists (
        select from notification_preferences p
        where p.user_id = n.user_id and p.scenario_type::text = n.scenario_type and not p.enabled
        offset 0
      ) then 'opted_out'
      when u.id is null then 'not_active'
      -- The rule it was claimed under, and the one that is in force for the mentor by now.
      when r.id is null or not coalesce(
        (select f.enabled from scenario_rules f where f.chapter_id = u.chapter_id and f.scenario_type = n.scenario_type),
        (
          select f.enabled from scenario_rules f
          where f.organization_id = (select c.organization_id from chapters c where c.id = u.chapter_id)
            and f.chapter_id is null and f.scenario_type = n.scenario_type
        ),
        (
          select f.enabled from scenario_rules f
          where f.organization_id is null and f.chapter_id is null and f.scenario_type = n.scenario_type
        ),
        false) then 'rule_off'
    end as withdrawal,
    h.opens_at
  from next_of_mentor n
  left join lateral (
    select u.id, u.locale, u.chapter_id, u.timezone from users u
    where u.id = n.user_id and u.role = 'peer_mentor' and u.status = 'active' and u.chapter_id is not null
    offset 0
  ) u on true
  left join lateral (
    select r.id, r.parameters from scenario_rules r
    where r.id = n.scenario_rule_id and r.enabled
    offset 0
  ) r on true
  -- By the policy that is in force for the mentor by now; null inside of their hours.
  left join lateral (
    select scenario_push.send_at(
      :'now'::timestamptz, scenario_push.timezone_of(u.timezone, o.timezone), p.send_from, p.send_until) as opens_at
    from chapters c
    left join organizations o on o.id = c.organization_id
    join delivery_policies p on p.id = coalesce(
      (select f.id from delivery_policies f where f.chapter_id = c.id),
      (select f.id from delivery_policies f where f.organization_id = c.organization_id and f.chapter_id is null),
      (select f.id from delivery_policies f where f.organization_id is null and f.chapter_id is null))
    where c.id = u.chapter_id and (select are_kept from hours)
    offset 0
  ) h on true
),
-- What may have arrived already keeps its claim, but its time is over: settling it holds it.
withdrawn as (
  update scenario_claims c
  set state = case c.state when 'open' then 'released' else c.state end,
      release_reason = case c.state when 'open' then j.withdrawal end,
      settled_at = case c.state when 'open' then :'now'::timestamptz end,
      expires_at = case c.state when 'open' then c.expires_at else :'now'::timestamptz end
  from judged j
  where c.id = j.id and j.withdrawal is not null
  returning c.user_id, c.state
),
-- What may have arrived keeps its time to live: its message may still be on its way.
put_off as (
  update scenario_claims c
  set send_at = j.opens_at,
      expires_at = case c.state
        when 'open' then c.expires_at + (j.opens_at - coalesce(c.send_at, c.claimed_at))
        else c.expires_at
      end
  from judged j
  where c.id = j.id and j.withdrawal is null and j.opens_at is not null
),
devices as materialized (
  select
    j.id as claim_id, t.id as device_id, t.platform,
    1 + coalesce((select max(a.attempt) from delivery_attempts a where a.claim_id = j.id and a.device_id = t.id), 0) as attempt,
    t.token, t.token_kind,
    j.user_id, j.scenario_type, j.idempotency_key, j.message_values, coalesce(j.locale, 'nb') as locale, j.messages, j.link, j.expires_at,
    coalesce(count(*) over (order by j.user_id groups between unbounded preceding and 1 preceding), 0) as before
  from judged j
  -- Looked up for each mentor: joined, the planner would rather read all tokens in order than sort these few.
  cross join lateral (
    select t.id, t.platform, t.token, t.token_kind
    from scenario_push.devices_to_reach(j.id, j.user_id) t
    where t.platform <> all ((select set_aside from gate)::text[])
    offset 0
  ) t
  where j.withdrawal is null and j.opens_at is null
),
begun as (
  insert into delivery_attempts (claim_id, device_id, platform, attempt, fence, started_at)
  select claim_id, device_id, platform, attempt, :'fence'::int, :'now'::timestamptz
  from devices
  where before < :'messages'::int
)
select
  exists (select from holder) as is_holder,
  gate.shut,
  (select count(*)::int from withdrawn where state = 'released') as withdrawn,
  (select user_id from judged where withdrawal is not null or opens_at is not null order by user_id desc limit 1) as reached_user,
  d.claim_id, d.device_id, d.platform, d.attempt, d.token, d.token_kind,
  d.user_id, d.scenario_type, d.idempotency_key, d.message_values, d.locale, d.messages, d.link, d.expires_at
from gate
left join devices d on d.before < :'messages'::int
order by d.user_id, d.claim_id
