-- Whether the session of a holder has ended: its lock can be had. Given back at once, with the transaction.
-- in   space, holder int
-- out  one row: gone boolean
select pg_try_advisory_xact_lock_shared(:'space'::int, :'holder'::int) as gone
