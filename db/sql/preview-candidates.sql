-- Every candidate with its verdict, for people. Follows evaluate.sql; writes nothing.
--
-- out  a row per candidate, in bytewise order of user id and occurrence
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
  v.message_values,
  coalesce((select u.locale from users u where u.id = v.user_id), 'nb') as locale,
  r.parameters -> 'messages' as messages
from verdicts v
join rules r on r.chapter_id = v.chapter_id
order by v.user_id, v.occurrence collate "C"
