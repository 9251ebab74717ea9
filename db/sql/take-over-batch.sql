-- Makes the caller the only one who may begin and settle the batch's notifications.
-- in   batch_key text
-- out  one row: fence int; none if there is no such batch
update evaluation_batches
set dispatch_fence = dispatch_fence + 1
where batch_key = :'batch_key'
returning dispatch_fence as fence
