-- What the database would refuse in a rule, a field at a time, so that each can be said where it was typed.
--
-- in   scenario_type text
--      fields text[]       what the caller calls each of the parts
--      parts jsonb[]       a rule's parameters with that part alone; texts of the other languages beside it are sound
-- out  a row per field that is refused: field, fault (`key: expected ..., got ...`)
select f.field, j.fault
from unnest(:'fields'::text[], :'parts'::jsonb[]) as f (field, part)
cross join lateral (
  select coalesce(
    scenario_rule_fault(:'scenario_type', f.part),
    scenario_text_fault(:'scenario_type', f.part),
    scenario_push.link_fault(f.part -> 'link')) as fault
  offset 0
) j
where j.fault is not null
