-- Every candidate with its verdict, for people. Follows evaluate.sql; writes nothing.
--
-- out  a row per candidate, in bytewise order of user id and occurrence
select
  v.user_id,
  v.chapter_id,
  v.occurrence,
  v.idempotency_key,
  v.rule_id as scenario_rule_id,
  v.verdict_reason as reason,
  v.next_eligible_at,
  v.message_values
from verdicts v
order by v.user_id, v.occurrence collate "C"
