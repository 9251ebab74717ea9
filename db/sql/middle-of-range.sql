-- Where a range is cut in two, each half with as many mentors.
-- in   range_from, range_to uuid (null = no upper end)
-- out  one row: id uuid, the first mentor of the upper half, or the only one; mentors int. None where there is no mentor
with mentors as (
  select id, row_number() over (order by id) as n, count(*) over ()::int as mentors
  from users
  where role = 'peer_mentor'
    and status = 'active'
    and chapter_id is not null
    and id >= :'range_from'::uuid
    and (:'range_to'::uuid is null or id < :'range_to'::uuid)
)
select id, mentors from mentors where n = mentors / 2 + 1
