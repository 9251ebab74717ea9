-- welcome_back: the latest return of the last `recent_days` days. A return is an activity `gap_days` or more after the
-- activity before it; the first activity ever is none. It arose on that day: before the rule's starts_on, it does not count.
--
-- reads  `rules` and `mentors`; activities (user_id, activity_date); scenario_notifications (user_id, scenario_type, …)
-- out    the columns every scenario has: see db/sql/scenarios/README.md; a row per mentor
with parameters as materialized (
  select
    chapter_id,
    evaluation_date,
    starts_on,
    (parameters ->> 'gap_days')::numeric::int as gap_days,
    (parameters ->> 'recent_days')::numeric::int as recent_days,
    -- No farther back than the year 1: the subtraction stays within what a date can be.
    evaluation_date
      - least((parameters ->> 'recent_days')::numeric, evaluation_date - date '0001-01-01')::int as recent_from
  from rules
)
select
  m.user_id,
  m.chapter_id,
  coalesce(to_char(r.returned_on, 'YYYY-MM-DD'), '') as occurrence,
  '' as key_suffix,
  null::int as milestone_year,
  null::int as milestone_value,
  0 as position,
  jsonb_build_object('gap', r.returned_on - r.previous) as message_values,
  r.returned_on is not null
    and (p.starts_on is null or r.returned_on >= p.starts_on)
    -- Not "not exists": that becomes a join, and a nested loop over all records where statistics are old.
    and exists (
      select
      from scenario_notifications n
      where n.user_id = m.user_id
        and n.scenario_type = 'welcome_back'
        and n.occurrence = to_char(r.returned_on, 'YYYY-MM-DD')
    ) is false as due,
  null::date as due_on,
  jsonb_build_object(
    'returned_on', r.returned_on,
    'previous_activity', r.previous,
    'gap', r.returned_on - r.previous,
    'last_activity', (
      select max(a.activity_date)
      from activities a
      where a.user_id = m.user_id and a.activity_date <= p.evaluation_date
    ),
    'gap_days', p.gap_days,
    'recent_days', p.recent_days,
    'told', exists (
      select
      from scenario_notifications n
      where n.user_id = m.user_id
        and n.scenario_type = 'welcome_back'
        and n.occurrence = to_char(r.returned_on, 'YYYY-MM-DD')
    )
  ) as facts
from mentors m
join parameters p using (chapter_id)
left join lateral (
  select a.activity_date as returned_on, before.activity_date as previous
  from activities a
  cross join lateral (
    select b.activity_date
    from activities b
    where b.user_id = m.user_id and b.activity_date < a.activity_date and b.activity_date > '-infinity'
    order by b.activity_date desc
    limit 1
  ) before
  where a.user_id = m.user_id
    and a.activity_date between p.recent_from and p.evaluation_date
    and a.activity_date - before.activity_date >= p.gap_days
  order by a.activity_date desc
  limit 1
) r on true
