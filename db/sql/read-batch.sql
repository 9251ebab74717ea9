-- What a batch came to when it was evaluated.
-- in   batch_key text
select mentors_evaluated, mentors_misconfigured, candidates, suppressed, claimed
from evaluation_batches
where batch_key = :'batch_key'
