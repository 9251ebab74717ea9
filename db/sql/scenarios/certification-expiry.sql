-- certification_expiry: a certificate runs out within one of the rule's lead times, and its holder has no later one of
-- the same type. The smallest lead that is not over applies; each is told once for a certificate and expiry date, and
-- none after a smaller one.
--
-- reads  `rules` and `mentors`; certifications (expires_on), (user_id, certification_type, expires_on);
--        scenario_notifications (user_id, scenario_type, …)
-- out    the columns every scenario has: see db/sql/scenarios/README.md; a row per certificate that has not expired,
--        those of one mentor in the order in which they expire
with parameters as materialized (
  select
    chapter_id,
    evaluation_date,
    array(
      select value::numeric::int from jsonb_array_elements_text(parameters -> 'lead_days') as value order by 1
    ) as lead_days,
    -- No date can be farther away than 100,000 years: the addition stays within what a date can be.
    evaluation_date + (
      select least(max(value::numeric), 36500000)::int from jsonb_array_elements_text(parameters -> 'lead_days') as value
    ) as last_day
  from rules
)
select
  m.user_id,
  m.chapter_id,
  c.id || ':' || iso.expires_on || ':' || l.lead as occurrence,
  ':' || c.id || ':' || l.lead as key_suffix,
  null::int as milestone_year,
  null::int as milestone_value,
  -- The day alone would leave two certificates of one day without an order.
  0 as position,
  jsonb_build_object('certification', c.certification_type, 'days', l.days_left, 'date', iso.expires_on) as message_values,
  false as due,
  null::date as due_on,
  '{}'::jsonb as facts
from mentors m
join parameters p using (chapter_id)
join certifications c on c.user_id = m.user_id
