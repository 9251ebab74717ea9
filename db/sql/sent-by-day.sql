-- What sweeps have sent, a row for each local day and scenario type with any. A sweep counts on the day on which it started.
-- in   since timestamptz; timezone text
-- out  day text (YYYY-MM-DD); scenario_type text; sent int
-- needs  evaluation_runs_started_at_idx: a row a sweep and type
select
  to_char(started_at at time zone :'timezone'::text, 'YYYY-MM-DD') as day,
  scenario_type,
  sum(sent)::int as sent
from evaluation_runs
where started_at >= :'since'::timestamptz
group by 1, 2
having sum(sent) > 0
