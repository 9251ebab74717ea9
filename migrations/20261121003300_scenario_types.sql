-- A scenario type is declared once, in the registry (domain/scenarios/); the database keeps a copy of that declaration
-- and judges rules by it. test/scenarios/registry.test.ts holds the two together.
--
--   scenario_declarations()                     all declarations, by type
--   add_scenario_type(type, declaration, ...)   makes a type known to every table; a migration calls it
--   remove_scenario_type(type)                  its way down
--
-- A declaration: {"parameters": {name: {"kind", "min", "nullable", "maxItems", "default"}}, "placeholders": [name, ...]}
--   kind      integer: one; ascending: a list in strictly ascending order; distinct: a list without repetition, any order
--   min       of the integer, or of each integer in the list
--   nullable  true: JSON null switches the parameter off. Absent: false
--   maxItems  the longest list. Absent: any length

-- Declarations live in a function and not in a table: the CHECK of scenario_rules stays immutable in truth, needs no right
-- to read anything, and holds while a dump is restored.
create or replace function scenario_push.store_declarations(declarations jsonb) returns void
  language plpgsql
  set search_path = ''
  as $$
begin
  execute format(
    'create or replace function scenario_push.scenario_declarations() returns jsonb language sql immutable parallel safe as %L',
    format(e'\n  select %L::pg_catalog.jsonb\n', jsonb_pretty(declarations)));
  comment on function scenario_push.scenario_declarations() is
    'What the registry of this build says of each scenario type. Written by add_scenario_type().';
  revoke all on function scenario_push.scenario_declarations() from public;
end
$$;
select scenario_push.store_declarations('{}') where to_regprocedure('scenario_push.scenario_declarations()') is null;

-- scenario_rule_fault(scenario_type, parameters) → null if all is well, else the faults, each as
--   key: expected ..., got ...
-- The first five are named, those that follow are counted. An absent key has its default, so only what is there is judged.
-- Safe on any JSON: nothing is cast before its kind is known. Its cost grows with the length of the JSON and no faster.
-- Runs as its owner, for the declarations' sake; it reads nothing else.
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

-- As before, but as its owner: who writes a rule needs no right to what it calls.
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

-- A CHECK runs as whoever writes the row, so require_sound_rule() stays open; its schema is not. A form may ask
-- scenario_rule_fault() first, and an evaluation does.
revoke all on function public.scenario_rule_fault(text, jsonb)
  from public, anon, authenticated, service_role, scenario_push_worker;
grant execute on function public.scenario_rule_fault(text, jsonb) to authenticated, service_role, scenario_push_worker;

-- The CHECKs on scenario_type of the service's tables, and the types that each admits. An adopted
-- notification_preferences has its owner's.
create or replace function scenario_push.scenario_type_checks()
  returns table (target regclass, name text, types text[])
  language sql
  stable
  set search_path = ''
  as $$
    select c.oid::regclass, k.conname::text, array(
      select match[1] from regexp_matches(pg_get_constraintdef(k.oid), '''(\w+)''', 'g') with ordinality as m (match, place)
      order by place)
    from pg_catalog.pg_constraint as k
    join pg_catalog.pg_class as c on c.oid = k.conrelid
    where c.relnamespace = 'public'::regnamespace
      and k.contype = 'c'
      and k.conname = c.relname || '_scenario_type_check'
      and (c.relname <> 'notification_preferences' or scenario_push.is_created('notification_preferences'))
    order by c.relname
  $$;

create or replace function scenario_push.admit_scenario_types(
  target regclass, check_name text, types text[], validation text
) returns void
  language plpgsql
  set search_path = ''
  as $$
begin
  execute format('alter table %s drop constraint %I, add constraint %I check (scenario_type in (%s)) %s',
    target, check_name, check_name,
    (select string_agg(quote_literal(type), ', ' order by place) from unnest(types) with ordinality as t (type, place)),
    validation);
end
$$;

-- Makes a type known: every CHECK on scenario_type admits it, its declaration is kept (or replaces the one before), and a
-- rule for everybody with the declared defaults is there. A type that the tables know already keeps its rules, also where
-- an operator has deleted the default one.
-- A widened CHECK is NOT VALID: each row has met the narrower one, and large tables are not read under their lock.
create or replace function scenario_push.add_scenario_type(
  scenario_type text, declaration jsonb, cooldown_minutes integer default 0
) returns void
  language plpgsql
  set search_path = ''
  as $$
declare
  declarations constant jsonb := scenario_push.scenario_declarations();
  defaults jsonb;
  fault text;
  narrow record;
  is_new boolean := false;
begin
  fault := case
    when scenario_type !~ '^[a-z][a-z0-9_]*$' then 'the name is not of lower-case letters, digits and underscores'
    when jsonb_typeof(declaration -> 'parameters') is distinct from 'object' then 'it declares no object of parameters'
    when jsonb_typeof(declaration -> 'placeholders') is distinct from 'array' then 'it declares no list of placeholders'
    else (
      select format('%s is neither an integer nor an ascending or distinct list of integers >= a number', key)
      from jsonb_each(declaration -> 'parameters')
      where (value ->> 'kind' in ('integer', 'ascending', 'distinct') and jsonb_typeof(value -> 'min') = 'number') is not true
      limit 1
    )
  end;
  if fault is null then
    defaults := (
      select coalesce(jsonb_object_agg(key, value -> 'default'), '{}') from jsonb_each(declaration -> 'parameters')
    );
    perform scenario_push.store_declarations(declarations || jsonb_build_object(scenario_type, declaration));
    fault := 'its defaults: ' || public.scenario_rule_fault(scenario_type, defaults);
  end if;
  if fault is not null then
    raise exception 'scenario type %: %', scenario_type, fault using errcode = 'invalid_parameter_value';
  end if;

  for narrow in
    select c.target, c.name, c.types from scenario_push.scenario_type_checks() as c where not scenario_type = any (c.types)
  loop
    is_new := true;
    perform scenario_push.admit_scenario_types(narrow.target, narrow.name, narrow.types || scenario_type, 'not valid');
  end loop;
  if is_new then
    insert into public.scenario_rules (scenario_type, cooldown_minutes, parameters)
    values (scenario_type, cooldown_minutes, defaults)
    on conflict do nothing;
  end if;
end
$$;

-- The way down: the type's rules go, and nothing knows the type afterwards. Refused while anything else is there of it:
-- records and preferences are not a migration's to delete. A type that is not known is no error.
create or replace function scenario_push.remove_scenario_type(scenario_type text) returns void
  language plpgsql
  set search_path = ''
  as $$
declare
  wide record;
  used boolean;
begin
  for wide in
    select c.target, c.name, c.types from scenario_push.scenario_type_checks() as c where scenario_type = any (c.types)
  loop
    if wide.target = 'public.scenario_rules'::regclass then
      execute format('delete from %s as r where r.scenario_type = %L', wide.target, scenario_type);
    else
      execute format('select exists (select from %s as r where r.scenario_type = %L)', wide.target, scenario_type) into used;
      if used then
        raise exception 'scenario type % cannot be removed: % has rows of it', scenario_type, wide.target
          using errcode = 'dependent_objects_still_exist',
                hint = format('Where they are of no use: delete from %s where scenario_type = %L;', wide.target, scenario_type);
      end if;
    end if;
    perform scenario_push.admit_scenario_types(wide.target, wide.name, array_remove(wide.types, scenario_type), '');
  end loop;
  perform scenario_push.store_declarations(scenario_push.scenario_declarations() - scenario_type);
end
$$;

revoke all on function
  scenario_push.store_declarations(jsonb),
  scenario_push.scenario_type_checks(),
  scenario_push.admit_scenario_types(regclass, text, text[], text),
  scenario_push.add_scenario_type(text, jsonb, integer),
  scenario_push.remove_scenario_type(text)
  from public;

-- The four that there are.
select scenario_push.add_scenario_type('inactivity', '{
  "parameters": {
    "inactive_days": {"kind": "integer", "min": 1, "default": 30},
    "max_reminders": {"kind": "integer", "min": 1, "nullable": true, "default": 3}
  },
  "placeholders": ["days"]
}', cooldown_minutes => 20160);
select scenario_push.add_scenario_type('milestone', '{
  "parameters": {
    "thresholds": {"kind": "ascending", "min": 1, "default": [50, 100, 200]},
    "summary_max_age_hours": {"kind": "integer", "min": 1, "nullable": true, "default": 48}
  },
  "placeholders": ["sessions", "year"]
}');
select scenario_push.add_scenario_type('certification_expiry', '{
  "parameters": {
    "lead_days": {"kind": "distinct", "min": 0, "default": [60, 30, 7]}
  },
  "placeholders": ["certification", "days", "date"]
}');
select scenario_push.add_scenario_type('welcome_back', '{
  "parameters": {
    "gap_days": {"kind": "integer", "min": 1, "default": 30},
    "recent_days": {"kind": "integer", "min": 0, "default": 7}
  },
  "placeholders": ["gap"]
}', cooldown_minutes => 43200);
