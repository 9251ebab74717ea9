-- After prunable-batches.sql: removes so many batches with their claims and attempts, passing by those that are locked.
-- in   before timestamptz; most int
-- out  one row: batches, claims, attempts int
, chosen as (
  select b.batch_key
  from evaluation_batches b
  where b.batch_key in (select batch_key from prunable order by batch_key limit :'most'::int)
  for update skip locked
),
attempts as (
  delete from delivery_attempts a
  using scenario_claims c, chosen
  where c.batch_key = chosen.batch_key and a.claim_id = c.id
  returning 1
),
claims as (
  delete from scenario_claims c using chosen where c.batch_key = chosen.batch_key returning 1
),
batches as (
  delete from evaluation_batches b using chosen where b.batch_key = chosen.batch_key returning 1
)
select
  (select count(*) from batches)::int as batches,
  (select count(*) from claims)::int as claims,
  (select count(*) from attempts)::int as attempts
