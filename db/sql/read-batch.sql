-- What a batch is, and what it came to when it was evaluated.
-- in   batch_key text
-- out  one row, none if it was never evaluated: plan_key, scenario_type text; as_of timestamptz; range_from,
--      range_to uuid; and the counts
select
  plan_key, scenario_type, as_of, range_from, range_to,
  mentors_evaluated, mentors_misconfigured, candidates, suppressed, claimed
from evaluation_batches
where batch_key = :'batch_key'
