-- Nothing judges texts any more, and placeholders are names again. Nothing to do where the schema is gone.
do $down$
begin
  if to_regnamespace('scenario_push') is null or to_regclass('public.scenario_rules') is null then
    return;
  end if;
  drop trigger if exists scenario_rules_sound_texts on public.scenario_rules;
  drop function if exists scenario_push.require_sound_texts();
  drop function if exists public.scenario_text_fault(text, jsonb);
  drop function if exists scenario_push.text_fault(text, jsonb, boolean);

create or replace function scenario_push.require_sound_rule(
  organization_id uuid, chapter_id uuid, scenario_type text, parameters jsonb
) returns boolean
  language plpgsql
  immutable
  parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
declare
  fault text;
begin
  -- The CHECK on scenario_type refuses a type that does not exist.
  if scenario_push.scenario_declarations() -> scenario_type is null then
    return true;
  end if;
  fault := public.scenario_rule_fault(scenario_type, parameters);
  if fault is not null then
    raise exception 'scenario rule % of %: %', scenario_type,
      case
        when chapter_id is not null then 'chapter ' || chapter_id::text
        when organization_id is not null then 'organisation ' || organization_id::text
        else 'everybody'
      end,
      fault
      using errcode = 'check_violation', schema = 'public', table = 'scenario_rules', column = 'parameters',
            constraint = 'scenario_rules_parameters_check',
            hint = 'A key that is left out has its default.';
  end if;
  return true;
end
$$;
  drop function if exists scenario_push.refuse_rule(uuid, uuid, text, text, text);

  perform scenario_push.add_scenario_type(d.key, d.value || jsonb_build_object('placeholders', (
    select coalesce(jsonb_agg(coalesce(p ->> 'name', p #>> '{}') order by place), '[]')
    from jsonb_array_elements(d.value -> 'placeholders') with ordinality as each (p, place)
    where p ->> 'name' is distinct from 'expires_on'
  )))
  from jsonb_each(scenario_push.scenario_declarations()) as d;
end
$down$;
