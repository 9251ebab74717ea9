-- certification_expiry: a certificate runs out within one of the rule's lead times, and its holder has no later one of
-- the same type. The smallest lead that is not over applies; it is told unless it, or a smaller one, has been told of
-- this certificate and this expiry date. It arose when that lead began: before the rule's starts_on, it does not count.
--
-- in     as_of timestamptz
-- reads  `rules` and `mentors`; certifications (expires_on), (user_id, certification_type, expires_on),
--        (user_id, expires_on, id);
--        scenario_notifications (user_id, scenario_type, …)
-- out    the columns every scenario has: see db/sql/scenarios/README.md; a row per certificate that has not expired
with parameters as materialized (
  select
    chapter_id,
    evaluation_date,
    starts_on,
    lead_days,
    -- 100,000 years are more than any certificate lasts, and the addition stays within what a date can be.
    evaluation_date + (select max(least(lead, 36500000)) from unnest(lead_days) as lead) as last_day
  from rules
  cross join lateral (
    select array(
      select value::numeric::int from jsonb_array_elements_text(parameters -> 'lead_days') as value order by 1
    ) as lead_days
  ) l
)
select
  m.user_id,
  m.chapter_id,
  c.id || ':' || iso.expires_on || ':' || l.lead as occurrence,
  ':' || c.id || ':' || l.lead as key_suffix,
  null::int as milestone_year,
  null::int as milestone_value,
  place.before as position,
  jsonb_build_object(
    'certification', c.certification_type, 'days', l.days_left, 'date', iso.expires_on, 'expires_on', iso.expires_on
  ) as message_values,
  c.expires_on <= m.last_day
    -- Says nothing new, but is known before a mentor is: the index finds the few that run out soon.
    and c.expires_on <= (select max(last_day) from parameters)
    and l.lead is not null
    and exists (
      select
      from certifications later
      where later.user_id = m.user_id
        and later.certification_type = c.certification_type
        and later.expires_on > c.expires_on
    ) is false
    and (m.starts_on is null or l.lead <= l.days_left + (m.evaluation_date - m.starts_on))
    -- Asked in this order: most have been told, and need not be counted.
    and case when told.smallest_lead is null or told.smallest_lead > l.lead then place.before < 50 else false end as due,
  -- The next smaller lead begins so many days before the end.
  case
    when not exists (
      select
      from certifications later
      where later.user_id = m.user_id
        and later.certification_type = c.certification_type
        and later.expires_on > c.expires_on
    ) and place.before < 50 then c.expires_on - (
      select max(lead)
      from unnest(m.lead_days) as lead
      where lead < l.days_left
        and (told.smallest_lead is null or lead < told.smallest_lead)
        and (m.starts_on is null or lead <= l.days_left + (m.evaluation_date - m.starts_on))
    )
  end as due_on,
  jsonb_build_object(
    'certification_id', c.id,
    'certification_type', c.certification_type,
    'expires_on', iso.expires_on,
    'days_left', l.days_left,
    'lead', l.lead,
    'lead_days', m.lead_days,
    'smallest_lead_told', told.smallest_lead,
    'renewed_until', (
      select max(later.expires_on)
      from certifications later
      where later.user_id = m.user_id
        and later.certification_type = c.certification_type
        and later.expires_on > c.expires_on
    )
  ) || case when place.before < 50 then '{}' else '{"left_out": "50 others expire before it"}'::jsonb end as facts
-- OFFSET keeps mentors and parameters together: joined to each certificate instead, the parameters of all chapters are
-- hashed once per certificate (19 µs each with 200 chapters), which the planner takes to be free.
from (
  select m.user_id, m.chapter_id, p.evaluation_date, p.starts_on, p.lead_days, p.last_day
  from mentors m
  join parameters p using (chapter_id)
  offset 0
) m
join certifications c
  on c.user_id = m.user_id
  and c.expires_on >= m.evaluation_date
  -- No evaluation date is earlier.
  and c.expires_on >= (:'as_of'::timestamptz at time zone 'UTC')::date - 1
cross join lateral (select to_char(c.expires_on, 'YYYY-MM-DD') as expires_on) iso
cross join lateral (
  select left_over.days as days_left, (select min(lead) from unnest(m.lead_days) as lead where lead >= left_over.days) as lead
  -- A certificate without an end has one at infinity, from which nothing can be subtracted.
  from (select case when isfinite(c.expires_on) then c.expires_on - m.evaluation_date end as days) left_over
  offset 0
) l
cross join lateral (
  select min(case when suffix ~ '^[0-9]{1,10}$' then suffix::bigint end) as smallest_lead
  from (
    select substr(n.occurrence, length(c.id || ':' || iso.expires_on || ':') + 1) as suffix
    from scenario_notifications n
    where n.user_id = m.user_id
      and n.scenario_type = 'certification_expiry'
      and starts_with(n.occurrence, c.id || ':' || iso.expires_on || ':')
  ) recorded
) told
-- Of a mentor's certificates the 50 that run out next count; the others wait until some of those are over. Of one who has
-- thousands, everybody else's sweep would have to bear the cost, and they as many messages. The count stops at 50. No ORDER BY:
-- the planner takes a mentor to have one certificate, and would sort thousands for each. No OFFSET: what does not ask for it
-- does not count.
cross join lateral (
  select (
    select count(*)
    from (
      select
      from certifications earlier
      where earlier.user_id = m.user_id
        and earlier.expires_on >= m.evaluation_date
        and (earlier.expires_on, earlier.id) < (c.expires_on, c.id)
      limit 50
    ) counted
  )::int as before
) place
