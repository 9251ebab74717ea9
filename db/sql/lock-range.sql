-- Waits until nobody else claims under a cap in this range of mentors, and keeps others out until this transaction ends.
-- In ascending order, so that two that want the same buckets do not wait for each other for ever.
--
-- in   range_from uuid, range_to uuid (null = no upper end)
-- out  a row for each bucket, the first byte of the user id; none where no policy has a cap, and then nothing is locked
select bucket, pg_advisory_xact_lock(hashtext('scenario-push:cap'), bucket)
from (
  select bucket
  from generate_series(
    get_byte(uuid_send(:'range_from'::uuid), 0),
    -- An upper end at the very beginning of a bucket leaves it out.
    coalesce(
      get_byte(uuid_send(:'range_to'::uuid), 0)
        - (substring(uuid_send(:'range_to'::uuid) from 2) = decode(repeat('00', 15), 'hex'))::int,
      255)
  ) as bucket
  order by bucket
  offset 0
) ascending
where exists (select from delivery_policies where max_notifications is not null)
