-- What notifications of runs failed with: the code of the last answer, or why nothing was tried. Claims that were pruned, or
-- whose account was deleted, are not known any more.
-- in   run_ids uuid[]
-- out  a row per run that has any: id uuid; failures jsonb, a number per code
-- needs  evaluation_batches_plan_key_idx; scenario_claims_released_idx; delivery_attempts (claim_id, …)
select id, jsonb_object_agg(code, n) as failures
from (
  select r.id, coalesce(a.error_code, c.release_reason) as code, count(*) as n
  from evaluation_runs r
  join evaluation_batches b using (plan_key, scenario_type)
  cross join lateral (
    select id, release_reason
    from scenario_claims
    where batch_key = b.batch_key and state = 'released' and scenario_push.is_withdrawal(release_reason) is not true
    offset 0
  ) c
  left join lateral (
    select error_code
    from delivery_attempts
    where claim_id = c.id and c.release_reason = 'rejected' and error_code is not null
    order by attempt desc, finished_at desc
    limit 1
  ) a on true
  where r.id = any (:'run_ids'::uuid[]) and (r.finished_at is null or r.failed > 0)
  group by 1, 2
) by_code
group by id
