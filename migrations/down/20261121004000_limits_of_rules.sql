-- A rule of any length, as the version before judges it. Nothing to do where the schema is gone. Who may call it stays as it
-- is: a grant here holds the role until the end, and two databases of one cluster that are taken down at once would wait
-- for each other to drop it.
do $down$
begin
  if to_regprocedure('scenario_push.scenario_declarations()') is null then
    return;
  end if;

create or replace function public.scenario_rule_fault(scenario_type text, parameters jsonb) returns text
  language plpgsql
  immutable
  parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
declare
  max_integer constant numeric := 2147483647;
  max_faults constant integer := 5;
  declarations constant jsonb := scenario_push.scenario_declarations();
  declared constant jsonb := declarations -> scenario_type -> 'parameters';
  messages constant jsonb := parameters -> 'messages';
  faults text[] := '{}';
  -- All of them, named or not.
  total integer := 0;
  known_keys text;
  unknown_keys integer;
  parameter record;
  expected text;
  fine boolean;
  language_tag record;
  part record;
begin
  if declared is null then
    return format('scenario_type: expected one of %s, got %s',
      (select string_agg(key, ', ' order by key collate "C") from jsonb_object_keys(declarations) as key),
      coalesce(left(scenario_type, 60), 'null'));
  end if;
  if parameters is null or jsonb_typeof(parameters) <> 'object' then
    return format('parameters: expected a JSON object, got %s', coalesce(left(parameters::text, 60), 'null'));
  end if;

  known_keys := concat(
    (select string_agg(key, ', ' order by key collate "C") || ' and ' from jsonb_object_keys(declared) as key), 'messages');
  unknown_keys := (
    select count(*) from jsonb_object_keys(parameters) as key where not declared ? key and key <> 'messages'
  );
  -- In the order of keys: what is declared, and as many unknown keys as can be named.
  for parameter in
    select key, declared -> key as spec, parameters -> key as value
    from (
      select key from jsonb_object_keys(declared) as key where parameters ? key
      union all
      (
        select key
        from jsonb_object_keys(parameters) as key
        where not declared ? key and key <> 'messages'
        order by key collate "C"
        limit max_faults
      )
    ) as keys
    order by key collate "C"
  loop
    if parameter.spec is null then
      if cardinality(faults) < max_faults then
        faults := faults
          || format('%s: unknown, %s has %s', left(parameter.key, 60), scenario_type, known_keys);
      end if;
      continue;
    end if;

    if parameter.spec ->> 'kind' = 'integer' then
      expected := format('an integer >= %s', parameter.spec ->> 'min');
      fine := jsonb_typeof(parameter.value) = 'number';
      if fine then
        fine := parameter.value::numeric between (parameter.spec ->> 'min')::numeric and max_integer
          and trunc(parameter.value::numeric) = parameter.value::numeric;
      end if;
    else
      expected := format('%s %s integers >= %s', coalesce('1 to ' || (parameter.spec ->> 'maxItems'), 'one or more'),
        case parameter.spec ->> 'kind' when 'distinct' then 'different' else 'ascending' end, parameter.spec ->> 'min');
      fine := jsonb_typeof(parameter.value) = 'array';
      if fine then
        fine := jsonb_array_length(parameter.value) between 1
          and coalesce((parameter.spec ->> 'maxItems')::numeric, max_integer);
      end if;
      if fine then
        select bool_and(jsonb_typeof(value) = 'number')
        into fine
        from jsonb_array_elements(parameter.value) as each (value);
      end if;
      if fine then
        select bool_and(number between (parameter.spec ->> 'min')::numeric and max_integer and trunc(number) = number)
          and case parameter.spec ->> 'kind'
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
    if (parameter.spec ->> 'nullable')::boolean then
      expected := expected || ' or null';
      fine := fine or jsonb_typeof(parameter.value) = 'null';
    end if;
    if not fine then
      total := total + 1;
      if cardinality(faults) < max_faults then
        faults := faults || format('%s: expected %s, got %s', parameter.key, expected,
          case when length(parameter.value::text) > 60 then left(parameter.value::text, 60) || '...' else parameter.value::text end);
      end if;
    end if;
  end loop;
  total := total + unknown_keys;

  -- The rule's own wording: {"nb": {"title": "...", "body": "..."}}, for any of the languages.
  if jsonb_typeof(messages) <> 'object' then
    total := total + 1;
    if cardinality(faults) < max_faults then
      faults := faults || format('messages: expected an object of languages, got %s', left(messages::text, 60));
    end if;
  elsif messages is not null then
    unknown_keys := (select count(*) from jsonb_object_keys(messages) as key where key not in ('nb', 'nn', 'en'));
    for language_tag in
      select key, key in ('nb', 'nn', 'en') as known, messages -> key as value
      from (
        select key from unnest(array['nb', 'nn', 'en']) as key where messages ? key
        union all
        (
          select key
          from jsonb_object_keys(messages) as key
          where key not in ('nb', 'nn', 'en')
          order by key collate "C"
          limit max_faults
        )
      ) as keys
      order by key collate "C"
    loop
      if not language_tag.known then
        if cardinality(faults) < max_faults then
          faults := faults
            || format('messages.%s: unknown language, expected one of nb, nn, en', left(language_tag.key, 60));
        end if;
      elsif jsonb_typeof(language_tag.value) <> 'object' or exists (
        select from jsonb_object_keys(language_tag.value) as key where key not in ('title', 'body')
      ) then
        total := total + 1;
        if cardinality(faults) < max_faults then
          faults := faults || format('messages.%s: expected an object of title and body, got %s', language_tag.key,
            left(language_tag.value::text, 60));
        end if;
      else
        for part in select * from (values ('title', 100), ('body', 500)) as limits (name, longest) loop
          if jsonb_typeof(language_tag.value -> part.name) is distinct from 'string'
            or length(language_tag.value ->> part.name) not between 1 and part.longest
          then
            total := total + 1;
            if cardinality(faults) < max_faults then
              faults := faults || format('messages.%s.%s: expected a text of 1 to %s characters, got %s', language_tag.key,
                part.name, part.longest, coalesce(left((language_tag.value -> part.name)::text, 60), 'nothing'));
            end if;
          end if;
        end loop;
      end if;
    end loop;
    total := total + unknown_keys;
  end if;

  return nullif(array_to_string(faults, '; ')
    || case when total > cardinality(faults) then format('; and %s more', total - cardinality(faults)) else '' end, '');
end
$$;

  perform scenario_push.add_scenario_type('milestone',
    scenario_push.scenario_declarations() -> 'milestone' #- '{parameters,thresholds,maxItems}');
  perform scenario_push.add_scenario_type('certification_expiry',
    scenario_push.scenario_declarations() -> 'certification_expiry' #- '{parameters,lead_days,maxItems}');
  drop function if exists scenario_push.parameter_fault(text, jsonb, jsonb);
  drop function if exists scenario_push.message_faults(jsonb);
end
$down$;
