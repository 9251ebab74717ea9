-- What became of a batch's notifications so far.
-- in   batch_key text
-- out  one row: sent, failed, held, unknown, open int
select
  count(*) filter (where state = 'sent')::int as sent,
  count(*) filter (where state = 'released')::int as failed,
  count(*) filter (where state = 'held')::int as held,
  count(*) filter (where state = 'unknown')::int as unknown,
  count(*) filter (where state = 'open')::int as open
from scenario_claims
where batch_key = :'batch_key'
