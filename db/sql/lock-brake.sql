-- Lets one at a time decide about a brake. A statement of its own, so that who has waited sees what was decided.
-- in   plan_key, scenario_type text
select from sweep_brakes where plan_key = :'plan_key' and scenario_type = :'scenario_type' for update
