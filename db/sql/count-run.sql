-- Sums a sweep's batches into its runs: evaluation counts from the batches, delivery counts from the claims, so that
-- the sums are right whenever and however often this is asked.
-- Sweeps of one plan share their batches: one that ended while a batch was left open (it was terminated) is right again
-- when another has settled it.
-- in   workflow_id, first_run_id text: the sweep (null = none); batch_keys text[]: and every sweep that these belong to;
--      finished_at timestamptz (null = leave it)
-- out  a row per scenario type
with runs as (
  select r.id, r.plan_key, r.scenario_type
  from evaluation_runs r
  where (r.workflow_id = :'workflow_id'::text and r.first_run_id = :'first_run_id'::text)
    or (
      r.finished_at is not null
      and (r.plan_key, r.scenario_type) in (
        select plan_key, scenario_type
        from evaluation_runs
        where workflow_id = :'workflow_id'::text and first_run_id = :'first_run_id'::text
      )
    )
    or exists (
      select
      from evaluation_batches b
      where b.batch_key = any (:'batch_keys'::text[])
        and b.plan_key = r.plan_key
        and b.scenario_type = r.scenario_type
    )
),
batches as (
  select r.id, b.batch_key, b.mentors_evaluated, b.mentors_misconfigured, b.candidates, b.claimed, b.suppressed
  from runs r
  join evaluation_batches b on b.plan_key = r.plan_key and b.scenario_type = r.scenario_type
),
evaluated as (
  select
    id,
    sum(mentors_evaluated) as mentors_evaluated,
    sum(mentors_misconfigured) as mentors_misconfigured,
    sum(candidates) as candidates,
    sum(claimed) as claimed
  from batches
  group by id
),
suppressed as (
  select id, jsonb_object_agg(reason, n) as suppressed
  from (
    select id, s.reason, sum(s.n::bigint) as n
    from batches cross join lateral jsonb_each_text(suppressed) s (reason, n)
    group by id, s.reason
  ) by_reason
  group by id
),
delivered as (
  select
    b.id,
    count(*) filter (where c.state = 'sent') as sent,
    count(*) filter (where c.state = 'released') as failed,
    count(*) filter (where c.state in ('open', 'unknown', 'held')) as unknown
  from batches b
  join scenario_claims c on c.batch_key = b.batch_key
  group by b.id
)
update evaluation_runs r
set mentors_evaluated = coalesce(e.mentors_evaluated, 0),
    mentors_misconfigured = coalesce(e.mentors_misconfigured, 0),
    candidates = coalesce(e.candidates, 0),
    suppressed = coalesce(s.suppressed, '{}'),
    claimed = coalesce(e.claimed, 0),
    sent = coalesce(d.sent, 0),
    failed = coalesce(d.failed, 0),
    unknown = coalesce(d.unknown, 0),
    finished_at = coalesce(r.finished_at, :'finished_at'::timestamptz)
from runs self
left join evaluated e on e.id = self.id
left join suppressed s on s.id = self.id
left join delivered d on d.id = self.id
where self.id = r.id
returning r.scenario_type, r.mentors_evaluated::int, r.mentors_misconfigured::int, r.candidates::int, r.suppressed,
  r.claimed::int, r.sent::int, r.failed::int, r.unknown::int
