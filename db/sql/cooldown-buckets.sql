-- In which buckets the mentors lie who are due under a rule with a cooldown. Follows evaluate.sql.
--
-- out  bucket int: the first byte of the user id, so that batches of different ranges share none but at their ends
select distinct get_byte(uuid_send(c.user_id), 0) as bucket
from candidates c
where c.cooldown_minutes > 0
