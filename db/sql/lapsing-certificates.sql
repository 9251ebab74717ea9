-- Certificates that run out within the rule's lead times and have no newer one. Follows evaluate.sql for certification_expiry, of
-- one chapter. Whether one is renewed and which lead has begun is what the scenario's own facts say.
--
-- in   after_id uuid (a certificate; null: from the beginning), most bigint
-- out  a row per certificate, the first to run out first: certification_id uuid, user_id uuid, certification_type text,
--      expires_on date, days_left int, told boolean (of this or a shorter lead); total int: how many there are in all
, lapsing as materialized (
  select
    (s.facts ->> 'certification_id')::uuid as certification_id,
    s.user_id,
    s.facts ->> 'certification_type' as certification_type,
    (s.facts ->> 'expires_on')::date as expires_on,
    (s.facts ->> 'days_left')::int as days_left,
    s.facts ->> 'smallest_lead_told' is not null as told
  -- OFFSET keeps the facts from being put together again wherever one of them is read.
  from (
    select f.user_id, f.facts
    from (
      -- {{scenario}}
    ) f
    -- Only where a lead has begun is there an occurrence: the facts of all others are not asked for.
    where f.occurrence is not null
    offset 0
  ) s
  where s.facts ->> 'renewed_until' is null
)
select l.*, (select count(*) from lapsing)::int as total
from lapsing l
where :'after_id'::uuid is null
  or (l.expires_on, l.certification_id) > (
    select expires_on, certification_id from lapsing where certification_id = :'after_id'::uuid)
order by l.expires_on, l.certification_id
limit :'most'::bigint
