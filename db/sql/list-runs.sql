-- Runs, a sweep's latest first. What has not ended is summed now, as count-run.sql sums what has: a row a batch.
-- in   workflow_id text (null = any); most bigint (null = all)
-- out  the columns of evaluation_runs; state text: end_state, or braked, or running; brake json (null: never braked)
-- needs  evaluation_runs_started_at_idx; evaluation_batches_plan_key_idx
with runs as materialized (
  select *
  from evaluation_runs
  where :'workflow_id'::text is null or workflow_id = :'workflow_id'::text
  order by started_at desc, scenario_type
  limit :'most'::bigint
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
  coalesce(n.withdrawn, r.withdrawn)::int as withdrawn
from runs r
left join sweep_brakes k using (plan_key, scenario_type)
left join lateral (
  select
    sum(b.mentors_evaluated) as mentors_evaluated,
    sum(b.mentors_misconfigured) as mentors_misconfigured,
    sum(b.candidates) as candidates,
    sum(b.claimed) as claimed,
    sum(b.sent) as sent,
    sum(b.failed) as failed,
    sum(b.unknown) as unknown,
    sum(b.deferred) as deferred,
    sum(b.withdrawn) as withdrawn
  from evaluation_batches b
  where r.finished_at is null and b.plan_key = r.plan_key and b.scenario_type = r.scenario_type
) n on true
left join lateral (
  select jsonb_object_agg(reason, n) as suppressed
  from (
    select each.reason, sum(each.n::bigint) as n
    from evaluation_batches b
    cross join lateral jsonb_each_text(b.suppressed) each (reason, n)
    where r.finished_at is null and b.plan_key = r.plan_key and b.scenario_type = r.scenario_type
    group by each.reason
  ) by_reason
) s on true
order by r.started_at desc, r.scenario_type
