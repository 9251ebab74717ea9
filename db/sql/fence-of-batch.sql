-- in   batch_key text
select dispatch_fence as fence from evaluation_batches where batch_key = :'batch_key'
