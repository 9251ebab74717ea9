-- in   batch_key text
-- out  the batch's scenario_type; no row if it was never evaluated
select scenario_type from evaluation_batches where batch_key = :'batch_key'
