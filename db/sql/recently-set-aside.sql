-- What batches left out since an instant, because evaluating it failed or cost out of proportion.
-- in   since timestamptz; user_id uuid, scenario_type text (null = any)
-- out  a row per rule and mentor, the latest first, 20 at most: scenario_type; scenario_rule_id uuid; user_id uuid
--      (null: everybody under the rule); sqlstate text; at timestamptz
-- needs  evaluation_batches (evaluated_at) where set_aside <> '[]'
select b.scenario_type, s.scenario_rule_id, s.user_id, s.sqlstate, max(b.evaluated_at) as at
from evaluation_batches b
cross join lateral jsonb_to_recordset(b.set_aside) as s (scenario_rule_id uuid, user_id uuid, sqlstate text)
where b.set_aside <> '[]'
  and b.evaluated_at >= :'since'::timestamptz
  and (:'scenario_type'::text is null or b.scenario_type = :'scenario_type'::text)
  and (:'user_id'::uuid is null
    or s.user_id = :'user_id'::uuid
    or (s.user_id is null
      and b.range_from <= :'user_id'::uuid
      and (b.range_to is null or b.range_to > :'user_id'::uuid)))
group by b.scenario_type, s.scenario_rule_id, s.user_id, s.sqlstate
order by at desc
limit 20
