-- The two functions as they were, for the version before; the CHECKs know four types by then. Nothing to do where the
-- schema is gone.
do $down$
begin
  if to_regnamespace('scenario_push') is null or to_regclass('public.scenario_rules') is null then
    return;
  end if;

create or replace function public.scenario_rule_fault(scenario_type text, parameters jsonb) returns text
  language plpgsql
  immutable
  parallel safe
  set search_path = ''
  as $$
declare
  -- integer: one; ascending: a list in strictly ascending order; distinct: a list without repetition, in any order.
  known constant jsonb := '{
    "inactivity": {
      "inactive_days": {"kind": "integer", "min": 1},
      "max_reminders": {"kind": "integer", "min": 1, "null": true}
    },
    "milestone": {
      "thresholds": {"kind": "ascending", "min": 1},
      "summary_max_age_hours": {"kind": "integer", "min": 1, "null": true}
    },
    "certification_expiry": {
      "lead_days": {"kind": "distinct", "min": 0}
    },
    "welcome_back": {
      "gap_days": {"kind": "integer", "min": 1},
      "recent_days": {"kind": "integer", "min": 0}
    }
  }';
  max_integer constant numeric := 2147483647;
  max_faults constant integer := 5;
  type_known constant jsonb := known -> scenario_type;
  faults text[] := '{}';
  parameter record;
  spec jsonb;
  expected text;
  fine boolean;
  locale record;
  part record;
begin
  if type_known is null then
    return format('scenario_type: expected one of %s, got %s',
      (select string_agg(key, ', ' order by key collate "C") from jsonb_object_keys(known) as key),
      coalesce(left(scenario_type, 60), 'null'));
  end if;
  if parameters is null or jsonb_typeof(parameters) <> 'object' then
    return format('parameters: expected a JSON object, got %s', coalesce(left(parameters::text, 60), 'null'));
  end if;

  for parameter in select key, value from jsonb_each(parameters) order by key collate "C" loop
    if parameter.key = 'messages' then
      continue;
    end if;
    spec := type_known -> parameter.key;
    if spec is null then
      faults := faults || format('%s: unknown, %s has %s and messages', left(parameter.key, 60), scenario_type,
        (select string_agg(key, ', ' order by key collate "C") from jsonb_object_keys(type_known) as key));
      continue;
    end if;

    if spec ->> 'kind' = 'integer' then
      expected := format('an integer >= %s', spec ->> 'min') || case when spec ? 'null' then ' or null' else '' end;
      fine := case jsonb_typeof(parameter.value)
        when 'null' then spec ? 'null'
        when 'number' then parameter.value::numeric between (spec ->> 'min')::numeric and max_integer
          and trunc(parameter.value::numeric) = parameter.value::numeric
        else false
      end;
    else
      expected := format('one or more %s integers >= %s',
        case spec ->> 'kind' when 'distinct' then 'different' else 'ascending' end, spec ->> 'min');
      fine := jsonb_typeof(parameter.value) = 'array';
      if fine then
        select count(*) > 0 and bool_and(jsonb_typeof(value) = 'number')
        into fine
        from jsonb_array_elements(parameter.value) as each (value);
      end if;
      if fine then
        select bool_and(number between (spec ->> 'min')::numeric and max_integer and trunc(number) = number)
          and case spec ->> 'kind'
            when 'distinct' then count(distinct number) = count(*)
            else bool_and(previous is null or previous < number)
          end
        into fine
        from (
          select value::numeric as number, lag(value::numeric) over (order by place) as previous
          from jsonb_array_elements(parameter.value) with ordinality as each (value, place)
        ) as numbers;
      end if;
    end if;
    if not fine then
      faults := faults || format('%s: expected %s, got %s', parameter.key, expected,
        case when length(parameter.value::text) > 60 then left(parameter.value::text, 60) || '...' else parameter.value::text end);
    end if;
  end loop;

  -- The rule's own wording: {"nb": {"title": "...", "body": "..."}}, for any of the languages.
  if parameters ? 'messages' then
    if jsonb_typeof(parameters -> 'messages') <> 'object' then
      faults := faults || format('messages: expected an object of languages, got %s', left((parameters -> 'messages')::text, 60));
    else
      for locale in select key, value from jsonb_each(parameters -> 'messages') order by key collate "C" loop
        if locale.key not in ('nb', 'nn', 'en') then
          faults := faults || format('messages.%s: unknown language, expected one of nb, nn, en', left(locale.key, 60));
        elsif jsonb_typeof(locale.value) <> 'object' or exists (
          select from jsonb_object_keys(locale.value) as key where key not in ('title', 'body')
        ) then
          faults := faults || format('messages.%s: expected an object of title and body, got %s', locale.key,
            left(locale.value::text, 60));
        else
          for part in select * from (values ('title', 100), ('body', 500)) as limits (name, longest) loop
            if jsonb_typeof(locale.value -> part.name) is distinct from 'string'
              or length(locale.value ->> part.name) not between 1 and part.longest
            then
              faults := faults || format('messages.%s.%s: expected a text of 1 to %s characters, got %s', locale.key, part.name,
                part.longest, coalesce(left((locale.value -> part.name)::text, 60), 'nothing'));
            end if;
          end loop;
        end if;
      end loop;
    end if;
  end if;

  return nullif(array_to_string(faults[:max_faults], '; ')
    || case when cardinality(faults) > max_faults then format('; and %s more', cardinality(faults) - max_faults) else '' end, '');
end
$$;

create or replace function scenario_push.require_sound_rule(
  organization_id uuid, chapter_id uuid, scenario_type text, parameters jsonb
) returns boolean
  language plpgsql
  immutable
  parallel safe
  set search_path = ''
  as $$
declare
  fault text;
begin
  -- Even no parameters at all are wrong for a type that does not exist: the CHECK on scenario_type refuses that one.
  if public.scenario_rule_fault(scenario_type, '{}') is not null then
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

  revoke all on function public.scenario_rule_fault(text, jsonb) from authenticated, service_role, scenario_push_worker;
  grant execute on function public.scenario_rule_fault(text, jsonb) to public;

  drop function if exists scenario_push.add_scenario_type(text, jsonb, integer);
  drop function if exists scenario_push.remove_scenario_type(text);
  drop function if exists scenario_push.admit_scenario_types(regclass, text, text[], text);
  drop function if exists scenario_push.scenario_type_checks();
  drop function if exists scenario_push.store_declarations(jsonb);
  drop function if exists scenario_push.scenario_declarations();
end
$down$;
