-- How many mentors a sweep will look at: what its division into batches follows from.
select count(*)::int as mentors
from users
where role = 'peer_mentor' and status = 'active' and chapter_id is not null
