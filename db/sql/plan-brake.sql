-- Registers the brake of a plan's scenario type before anything is evaluated. A retry, and a sweep that shares the plan,
-- find it there; one that is not to be braked has sent what the others may have braked.
-- in   plan_key, scenario_type text; is_off boolean (not to be braked); batches, mentors int; allowance int (null: any
--      number); factor float8; minimum int; now timestamptz
insert into sweep_brakes as b (
  plan_key, scenario_type, state, batches, mentors, allowance, factor, minimum, planned_at)
values (
  :'plan_key', :'scenario_type', case when :'is_off'::boolean then 'released' else 'undecided' end,
  :'batches'::int, :'mentors'::int, :'allowance'::int, :'factor'::float8, :'minimum'::int, :'now'::timestamptz)
on conflict (plan_key, scenario_type) do update
  set state = 'released', answered_at = :'now'::timestamptz
  where excluded.state = 'released' and b.state in ('undecided', 'braked', 'withdrawn')
