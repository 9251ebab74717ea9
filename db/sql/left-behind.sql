-- When the latest attempt began that an earlier holder has not decided; null where nothing is undecided.
-- in   batch_key text
select max(a.started_at) as started_at
from scenario_claims c
join delivery_attempts a on a.claim_id = c.id
where c.batch_key = :'batch_key' and c.state in ('open', 'unknown') and a.outcome is null
