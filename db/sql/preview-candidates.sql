-- Every candidate with its verdict, for people. Follows evaluate.sql; writes nothing.
--
-- out  a row per candidate, in bytewise order of user id and occurrence; timezone: the mentor's, where send_at is not null
, zones as materialized (
  select w.clock, w.timezone, scenario_push.timezone_of(w.clock, w.timezone) as zone
  from (select distinct clock, timezone from clocked where clock is not null) w
)
select
  v.user_id,
  v.chapter_id,
  v.occurrence,
  v.position,
  v.idempotency_key,
  v.rule_id as scenario_rule_id,
  v.verdict_reason as reason,
  v.next_eligible_at,
  v.send_at,
  case when v.send_at is not null then z.zone end as timezone,
  v.message_values,
  coalesce((select u.locale from users u where u.id = v.user_id), 'nb') as locale,
  r.parameters -> 'messages' as messages
from verdicts v
join rules r on r.chapter_id = v.chapter_id
left join zones z on z.clock = v.clock and z.timezone = v.timezone
order by v.user_id, v.occurrence collate "C"
