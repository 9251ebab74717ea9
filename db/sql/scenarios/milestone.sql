-- milestone: every threshold of sessions reached in the calendar year of the evaluation date, each told once a year.
-- Sessions are the year's summary where it is fresh enough, else a count of the year's activities.
-- A threshold arose with the activity that reached it: before the rule's starts_on, it does not count.
--
-- in     as_of timestamptz; range_from, range_to uuid; chapter_id uuid (null: of all chapters)
-- reads  `rules` and `mentors`; annual_summary (user_id, year); activities (user_id, activity_date);
--        scenario_notifications (user_id, scenario_type, …)
-- out    the columns every scenario has: see db/sql/scenarios/README.md; a row per mentor and threshold
with parameters as materialized (
  select
    chapter_id,
    evaluation_date,
    starts_on,
    extract(year from evaluation_date)::int as year,
    make_date(extract(year from evaluation_date)::int, 1, 1) as year_start,
    array(
      select value::numeric::int from jsonb_array_elements_text(parameters -> 'thresholds') as value order by 1
    ) as thresholds,
    -- 50 million hours are 5,700 years: no summary is older, and the subtraction stays within what an instant can be.
    coalesce(
      :'as_of'::timestamptz
        - make_interval(hours => least((parameters ->> 'summary_max_age_hours')::numeric, 50000000)::int),
      '-infinity'
    ) as summary_from,
    parameters -> 'summary_max_age_hours' as summary_max_age_hours
  from rules
),
-- Read as a range, once: a look-up for each mentor costs three times as much. Materialized: in the same query the range of
-- mentors, said twice, makes the planner expect a single row.
summaries as materialized (
  select user_id, year, session_count, computed_at
  from annual_summary
  where user_id >= :'range_from'::uuid
    and (:'range_to'::uuid is null or user_id < :'range_to'::uuid)
    and (:'chapter_id'::uuid is null or user_id = any (array(select user_id from mentors)))
    and year between (select min(year) from parameters) and (select max(year) from parameters)
    and computed_at <= :'as_of'::timestamptz
)
select
  m.user_id,
  m.chapter_id,
  p.year || ':' || t.threshold as occurrence,
  ':' || t.threshold as key_suffix,
  p.year as milestone_year,
  t.threshold as milestone_value,
  t.threshold as position,
  jsonb_build_object('sessions', t.threshold, 'year', p.year) as message_values,
  t.threshold <= c.sessions
    -- Says nothing new, but before the thresholds are spread out: most mentors have not reached the first.
    and p.thresholds[1] <= c.sessions
    -- Where the year's activities are fewer than the sessions, nobody knows the day: then it lies before.
    and (p.starts_on is null or (
      (
        select a.activity_date
        from activities a
        where a.user_id = m.user_id and a.activity_date between p.year_start and p.evaluation_date
        order by a.activity_date
        offset t.threshold - 1
        limit 1
      ) >= p.starts_on
    ) is true)
    -- Not "not exists": that becomes a join, and a nested loop over all records where statistics are old.
    and exists (
      select
      from scenario_notifications n
      where n.user_id = m.user_id
        and n.scenario_type = 'milestone'
        and ((n.milestone_year = p.year and n.milestone_value = t.threshold)
          or n.occurrence = p.year || ':' || t.threshold)
    ) is false as due,
  null::date as due_on,
  jsonb_build_object(
    'year', p.year,
    'sessions', c.sessions,
    'source', case when s.user_id is null then 'activities' else 'annual_summary' end,
    'summary_computed_at', to_char(s.computed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'summary_max_age_hours', p.summary_max_age_hours,
    'thresholds', p.thresholds,
    'thresholds_told', (
      select coalesce(jsonb_agg(n.milestone_value order by n.milestone_value), '[]')
      from scenario_notifications n
      where n.user_id = m.user_id and n.scenario_type = 'milestone' and n.milestone_year = p.year
    )
  ) as facts
from mentors m
join parameters p using (chapter_id)
left join summaries s
  on s.user_id = m.user_id
  and s.year = p.year
  and s.computed_at >= p.summary_from
-- Counted once for all thresholds, and only where the summary does not say (OFFSET keeps it from being counted again
-- wherever it is mentioned).
cross join lateral (
  select
    case
      when s.user_id is not null then s.session_count
      else (
        select count(*)
        from activities a
        where a.user_id = m.user_id and a.activity_date between p.year_start and p.evaluation_date
      )
    end as sessions
  offset 0
) c
cross join lateral unnest(p.thresholds) as t (threshold)
