-- All that one scenario has to say about a mentor, due or not. Follows evaluate.sql, whose range holds that mentor alone.
--
-- out  a row per potential notification, in bytewise order of occurrence
select
  s.occurrence,
  s.due,
  -- The first moment of that day in the mentor's timezone; a day that no date can name is never.
  s.due_on::timestamp at time zone r.timezone as due_at,
  s.facts,
  s.message_values,
  v.idempotency_key,
  v.position,
  v.rule_id as scenario_rule_id,
  v.verdict_reason as reason,
  v.next_eligible_at,
  v.send_at
from (
  -- {{scenario}}
) s
join rules r using (chapter_id)
left join verdicts v on v.user_id = s.user_id and v.occurrence = s.occurrence and s.due
order by s.occurrence collate "C"
