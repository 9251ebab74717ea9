-- Stores what a batch came to that was evaluated in parts, each of which stored its own counts.
-- in   batch_key text; mentors_evaluated, mentors_misconfigured, candidates, claimed int; suppressed, set_aside jsonb
-- out  one row: the batch's counts, as stored
update evaluation_batches
set mentors_evaluated = :'mentors_evaluated'::int,
    mentors_misconfigured = :'mentors_misconfigured'::int,
    candidates = :'candidates'::int,
    claimed = :'claimed'::int,
    suppressed = :'suppressed'::jsonb,
    set_aside = :'set_aside'::jsonb
where batch_key = :'batch_key'
returning mentors_evaluated, mentors_misconfigured, candidates, suppressed, claimed
