-- What the follow-up log of the chapters that the reader is in charge of says, a row for each local day, scenario type and
-- status with any. To be run as `authenticated`: the policies choose the lines.
-- in   since timestamptz; timezone text
-- out  day text (YYYY-MM-DD); scenario_type text; status text; n int
-- needs  follow_up_notification_log (chapter_id, delivered_at desc, …)
select
  to_char(l.delivered_at at time zone :'timezone'::text, 'YYYY-MM-DD') as day,
  r.scenario_type,
  l.status,
  count(*)::int as n
from follow_up_notification_log l
join scenario_rules r on r.id = l.scenario_rule_id
where l.delivered_at >= :'since'::timestamptz
group by 1, 2, 3
