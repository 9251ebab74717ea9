-- Sums the batches of sweeps into their runs. Each batch keeps its own counts (claim-candidates.sql, count-batch.sql), so
-- this is right whenever and however often it is asked, and costs a row a batch.
-- Sweeps of one plan share their batches: a batch that is settled late counts in every run that has ended.
--
-- in   workflow_id, first_run_id text: the sweep (null = none); batch_keys text[]: and every ended run of theirs;
--      finished_at timestamptz, end_state text (null = leave them)
-- out  a row per scenario type of the sweep, or per run of the batches
with runs as (
  select r.id, r.plan_key, r.scenario_type
  from evaluation_runs r
  where (r.workflow_id = :'workflow_id'::text and r.first_run_id = :'first_run_id'::text)
    or (
      r.finished_at is not null
      and exists (
        select
        from evaluation_batches b
        where b.batch_key = any (:'batch_keys'::text[])
          and b.plan_key = r.plan_key
          and b.scenario_type = r.scenario_type
      )
    )
),
sums as (
  select
    r.id,
    coalesce(sum(b.mentors_evaluated), 0) as mentors_evaluated,
    coalesce(sum(b.mentors_misconfigured), 0) as mentors_misconfigured,
    coalesce(sum(b.candidates), 0) as candidates,
    coalesce(sum(b.claimed), 0) as claimed,
    coalesce(sum(b.sent), 0) as sent,
    coalesce(sum(b.failed), 0) as failed,
    coalesce(sum(b.unknown), 0) as unknown,
    coalesce(sum(b.deferred), 0) as deferred,
    coalesce(sum(b.withdrawn), 0) as withdrawn
  from runs r
  left join evaluation_batches b on b.plan_key = r.plan_key and b.scenario_type = r.scenario_type
  group by r.id
),
suppressed as (
  select id, jsonb_object_agg(reason, n) as suppressed
  from (
    select r.id, s.reason, sum(s.n::bigint) as n
    from runs r
    join evaluation_batches b on b.plan_key = r.plan_key and b.scenario_type = r.scenario_type
    cross join lateral jsonb_each_text(b.suppressed) s (reason, n)
    group by r.id, s.reason
  ) by_reason
  group by id
)
update evaluation_runs r
set mentors_evaluated = n.mentors_evaluated,
    mentors_misconfigured = n.mentors_misconfigured,
    candidates = n.candidates,
    suppressed = coalesce(s.suppressed, '{}'),
    claimed = n.claimed,
    sent = n.sent,
    failed = n.failed,
    unknown = n.unknown,
    deferred = n.deferred,
    withdrawn = n.withdrawn,
    finished_at = coalesce(r.finished_at, :'finished_at'::timestamptz),
    end_state = coalesce(r.end_state, :'end_state'::text)
from sums n
left join suppressed s using (id)
where n.id = r.id
returning r.scenario_type, r.mentors_evaluated::int, r.mentors_misconfigured::int, r.candidates::int, r.suppressed,
  r.claimed::int, r.sent::int, r.failed::int, r.unknown::int, r.deferred::int, r.withdrawn::int
