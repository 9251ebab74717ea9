-- How many mentors an evaluation looks at. Follows evaluate.sql.
select
  count(*) filter (where r.readable)::int as mentors_evaluated,
  count(*) filter (where not r.readable)::int as mentors_misconfigured
from mentors m
join chapter_rules r using (chapter_id)
