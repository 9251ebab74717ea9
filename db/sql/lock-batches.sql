-- Locks batches against beginning further attempts until the transaction ends; waits for those that are beginning some.
-- in   batch_keys text[]
select from evaluation_batches where batch_key = any (:'batch_keys'::text[]) order by batch_key for update
