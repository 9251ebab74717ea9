-- What is in flight or waiting for an operator, and when sweeps last finished: read every quarter of a minute by each
-- worker that serves metrics.
-- in   scenario_types text[]; now timestamptz
-- out  one row: oldest_unsettled_seconds float8 (0 without any; since a mentor's hours began, for what has waited for them);
--      deferred jsonb, per scenario type how many wait for them, as last counted; held int; is_halted boolean;
--      is_gate_closed boolean (of any project of the push service); platforms_set_aside text[]; not_settled int
--      (put-off.sql); last_sweeps jsonb, per scenario type the Unix time at which its latest sweep finished,
--      0 if none ever did; braked jsonb, per scenario type about how many notifications are braked, 0 without any
-- needs  scenario_claims_waiting_idx; evaluation_batches_deferred_idx; evaluation_runs is small. Held claims are counted by a scan where no index has
--        them: 177 ms for 300,000 claims, 1 ms with one on (settled_at) where state = 'held'
select
  coalesce((
    select greatest(extract(epoch from :'now'::timestamptz - min(coalesce(send_at, claimed_at))), 0)
    from scenario_claims
    where state in ('open', 'unknown')
  ), 0)::float8 as oldest_unsettled_seconds,
  (
    select jsonb_object_agg(t.scenario_type, coalesce(b.deferred, 0))
    from unnest(:'scenario_types'::text[]) as t (scenario_type)
    left join (
      select scenario_type, sum(deferred) as deferred from evaluation_batches where deferred > 0 group by scenario_type
    ) b using (scenario_type)
  ) as deferred,
  (select count(*)::int from scenario_claims where state = 'held') as held,
  exists (select from sending_halts where ended_at is null) as is_halted,
  exists (select from push_gates where closed_until is not null and position('/' in project_id) = 0) as is_gate_closed,
  array(select distinct platform from scenario_push.platforms_set_aside(null)) as platforms_set_aside,
  (select count(*)::int from scenario_claims where state in ('open', 'unknown') and fault is not null) as not_settled,
  (
    select jsonb_object_agg(t.scenario_type, coalesce(extract(epoch from r.finished_at), 0)::float8)
    from unnest(:'scenario_types'::text[]) as t (scenario_type)
    left join (
      select scenario_type, max(finished_at) as finished_at from evaluation_runs group by scenario_type
    ) r using (scenario_type)
  ) as last_sweeps,
  (
    select jsonb_object_agg(t.scenario_type, coalesce(k.expected, 0))
    from unnest(:'scenario_types'::text[]) as t (scenario_type)
    left join (
      select scenario_type, sum(expected) as expected from sweep_brakes where state = 'braked' group by scenario_type
    ) k using (scenario_type)
  ) as braked
