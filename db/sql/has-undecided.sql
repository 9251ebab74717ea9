-- Whether earlier holders have begun what they have not decided yet.
-- in   batch_key text; fence int (of whoever asks)
-- out  one row: any, of_others boolean (begun under another fence than the one before)
select count(*) > 0 as any, coalesce(bool_or(a.fence <> :'fence'::int - 1), false) as of_others
from scenario_claims c
join delivery_attempts a on a.claim_id = c.id
where c.batch_key = :'batch_key' and c.state in ('open', 'unknown') and a.outcome is null
