-- Decides, from the batches evaluated so far, whether a sweep has far more to send of a scenario type than usual: more than
-- `factor` times the median of the type's last ten finished sweeps, and more than `minimum`. Without any such sweep, a
-- tenth of the mentors evaluated takes the place of the first. After lock-brake.sql in the same transaction.
--
-- Batches are even samples by the mentors in them, not by their number: ids need not be random. A sample is enough where
-- ten notifications of it would be too many: fewer say too little. What is braked by a sample is decided again, exactly,
-- once everything is evaluated.
--
-- in   plan_key, scenario_type text; now timestamptz; unanswered_since timestamptz (what was braked then or before is
--      withdrawn); answer text (released, withdrawn; null: none)
-- out  one row where there is a brake: state text; expected, usual, sweeps int; braked_at, answered_at timestamptz
-- needs  evaluation_batches (plan_key), users (id); evaluation_runs is small
with brake as materialized (
  select * from sweep_brakes where plan_key = :'plan_key' and scenario_type = :'scenario_type'
),
sample as materialized (
  select
    count(*) as batches,
    coalesce(sum(e.claimed), 0)::float8 as claimed,
    coalesce(sum(e.mentors_evaluated), 0)::float8 as evaluated
  from evaluation_batches e
  where e.plan_key = :'plan_key' and e.scenario_type = :'scenario_type'
),
-- Counted only where it matters: it reads the mentors of the sample.
part as materialized (
  select
    case
      when s.batches >= b.batches then 1
      when b.state = 'undecided' then (
        -- Null where nobody of the sample is left: it says nothing then.
        select case when count(*) > 0 then least(1, count(*)::float8 / greatest(b.mentors, 1)) end
        from evaluation_batches e
        join users u on u.id >= e.range_from and (e.range_to is null or u.id < e.range_to)
        where e.plan_key = b.plan_key and e.scenario_type = b.scenario_type
          and u.role = 'peer_mentor' and u.status = 'active' and u.chapter_id is not null
      )
    end as share,
    s.batches >= b.batches as is_all
  from brake b, sample s
),
history as materialized (
  select count(*)::int as sweeps, percentile_cont(0.5) within group (order by claimed) as median
  from (
    select r.claimed
    from evaluation_runs r
    where r.scenario_type = :'scenario_type'
      and r.end_state = 'finished'
      and r.plan_key <> :'plan_key'
      -- What was withdrawn for being too many is no measure, nor what could not send all there was.
      and not r.suppressed ?| array['late', 'limit']
      and not exists (
        select from sweep_brakes k
        where k.plan_key = r.plan_key and k.scenario_type = r.scenario_type and k.state = 'withdrawn'
      )
    order by r.finished_at desc
    limit 10
  ) finished
),
measure as materialized (
  select
    case when p.share is not null then least(round(s.claimed / p.share), b.allowance) end as expected,
    m.usual,
    h.sweeps,
    greatest(b.minimum, case when h.sweeps = 0 then m.usual else b.factor * m.usual end) as most,
    p.share,
    p.is_all
  from brake b, sample s, part p, history h
  cross join lateral (select coalesce(h.median, s.evaluated / p.share / 10) as usual) m
),
verdict as materialized (
  select
    case
      when b.state not in ('undecided', 'braked') then b.state
      when b.state = 'braked' and b.braked_at <= :'unanswered_since'::timestamptz then 'withdrawn'
      when b.state = 'braked' and not m.is_all then 'braked'
      when m.is_all or m.most * m.share >= 10 or b.planned_at <= :'unanswered_since'::timestamptz then
        case when m.expected > m.most then 'braked' else 'clear' end
      else 'undecided'
    end as state,
    m.*
  from brake b, measure m
),
answered as (
  select case when v.state in ('undecided', 'braked') then coalesce(:'answer'::text, v.state) else v.state end as state from verdict v
)
update sweep_brakes k
set state = a.state,
    expected = coalesce(v.expected, b.expected),
    usual = coalesce(round(v.usual), b.usual),
    sweeps = v.sweeps,
    braked_at = case when v.state = 'braked' then coalesce(b.braked_at, :'now'::timestamptz) else b.braked_at end,
    answered_at = case
      when a.state in ('released', 'withdrawn') then coalesce(b.answered_at, :'now'::timestamptz)
    end
from brake b, verdict v, answered a
where k.plan_key = b.plan_key and k.scenario_type = b.scenario_type
returning k.state, k.expected, k.usual, k.sweeps, k.braked_at, k.answered_at
