-- Runs, a sweep's latest first. What has not ended is counted now: a row a batch, and the claims of those batches that are
-- not settled, for a batch that is being sent keeps its counts only when it pauses.
-- in   workflow_id text (null = any); most bigint (null = all)
-- out  the columns of evaluation_runs; state text: end_state, or braked, or running; brake json (null: never braked);
--      settled_batches float: how many batches' worth of claims is decided (null: it has ended)
-- needs  evaluation_runs_started_at_idx; evaluation_batches_plan_key_idx; scenario_claims_batch_key_idx
with runs as materialized (
  select *
  from evaluation_runs
  where :'workflow_id'::text is null or workflow_id = :'workflow_id'::text
  order by started_at desc, scenario_type
  limit :'most'::bigint
),
batches as materialized (
  select
    r.id, b.mentors_evaluated, b.mentors_misconfigured, b.candidates, b.suppressed, b.claimed, b.deferred,
    -- Whose account was deleted has no claim any more.
    greatest(b.sent, c.sent) as sent,
    greatest(b.failed, c.failed) as failed,
    greatest(b.withdrawn, c.withdrawn) as withdrawn
  from runs r
  join evaluation_batches b using (plan_key, scenario_type)
  cross join lateral (
    select
      count(*) filter (where state = 'sent') as sent,
      count(*) filter (where state = 'released' and scenario_push.is_withdrawal(release_reason) is not true) as failed,
      count(*) filter (where state = 'released' and scenario_push.is_withdrawal(release_reason) is true) as withdrawn
    from scenario_claims
    where b.unknown > 0 and batch_key = b.batch_key
    offset 0
  ) c
  where r.finished_at is null
),
sums as (
  select
    id,
    sum(mentors_evaluated) as mentors_evaluated,
    sum(mentors_misconfigured) as mentors_misconfigured,
    sum(candidates) as candidates,
    sum(claimed) as claimed,
    sum(sent) as sent,
    sum(failed) as failed,
    sum(greatest(0, claimed - sent - failed - deferred - withdrawn)) as unknown,
    sum(deferred) as deferred,
    sum(withdrawn) as withdrawn,
    sum(case when claimed = 0 then 1 else least(1, (sent + failed + deferred + withdrawn) / claimed::float) end) as settled
  from batches
  group by id
),
suppressed as (
  select id, jsonb_object_agg(reason, n) as suppressed
  from (
    select b.id, each.reason, sum(each.n::bigint) as n
    from batches b
    cross join lateral jsonb_each_text(b.suppressed) each (reason, n)
    group by b.id, each.reason
  ) by_reason
  group by id
)
select
  r.id, r.workflow_id, r.first_run_id, r.scenario_type, r.as_of, r.plan_key, r.started_at, r.finished_at, r.end_state,
  coalesce(r.end_state, case k.state when 'braked' then 'braked' else 'running' end) as state,
  case when k.braked_at is not null then jsonb_build_object(
    'state', k.state, 'expected', k.expected, 'usual', k.usual, 'sweeps', k.sweeps,
    'braked_at', k.braked_at, 'answered_at', k.answered_at)
  end as brake,
  coalesce(n.mentors_evaluated, r.mentors_evaluated)::int as mentors_evaluated,
  coalesce(n.mentors_misconfigured, r.mentors_misconfigured)::int as mentors_misconfigured,
  coalesce(n.candidates, r.candidates)::int as candidates,
  coalesce(s.suppressed, r.suppressed) as suppressed,
  coalesce(n.claimed, r.claimed)::int as claimed,
  coalesce(n.sent, r.sent)::int as sent,
  coalesce(n.failed, r.failed)::int as failed,
  coalesce(n.unknown, r.unknown)::int as unknown,
  coalesce(n.deferred, r.deferred)::int as deferred,
  coalesce(n.withdrawn, r.withdrawn)::int as withdrawn,
  case when r.finished_at is null then coalesce(n.settled, 0) end as settled_batches
from runs r
left join sweep_brakes k using (plan_key, scenario_type)
left join sums n using (id)
left join suppressed s using (id)
order by r.started_at desc, r.scenario_type
