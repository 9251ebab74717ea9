-- On which days a mentor was active, the latest first.
-- in     user_id uuid; most bigint (days)
-- out    a row per day: on_date date
-- needs  activities (user_id, activity_date)
select distinct activity_date as on_date
from activities
where user_id = :'user_id'::uuid and isfinite(activity_date)
order by activity_date desc
limit :'most'::bigint
