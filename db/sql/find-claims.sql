-- Notifications whose idempotency key begins as an operator has typed it: those that are held, else what became of it.
-- in   prefixes text[] (hex digits, lower case)
-- out  a row per prefix and notification: prefix, idempotency_key, user_id, scenario_type, occurrence, state,
--      release_reason text; settled_at timestamptz
-- needs  scenario_claims_idempotency_key_key. A claim that was released is in no index: only what is found nowhere else is
--        looked for among them
with wanted as materialized (
  select distinct prefix from unnest(:'prefixes'::text[]) as p (prefix)
),
alive as materialized (
  select w.prefix, c.*
  from wanted w
  cross join lateral (
    select id from scenario_claims c
    -- No hex digit comes after f.
    where c.idempotency_key >= w.prefix and c.idempotency_key < w.prefix || 'g' and c.state <> 'released'
    offset 0
  ) found
  join scenario_claims c on c.id = found.id
),
released as (
  select w.prefix, c.*
  from wanted w
  cross join lateral (
    select * from scenario_claims c
    where c.state = 'released' and starts_with(c.idempotency_key, w.prefix)
      and not exists (select from alive a where a.prefix = w.prefix)
    offset 0
  ) c
)
select prefix, idempotency_key, user_id, scenario_type, occurrence, state, release_reason, settled_at
from (select * from alive union all select * from released) c
order by prefix, settled_at desc, idempotency_key
