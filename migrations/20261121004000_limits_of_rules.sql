-- How large a rule may be: 16 KB of JSON, 50 thresholds or leads. A rule is judged for each batch of each sweep, and its
-- lists are spread out for each mentor, so one that is out of proportion would cost everybody.
--
-- A rule that was stored before and is larger counts as misconfigured: its chapter is left out, by name in doctor.

-- What is wrong with one parameter that is declared; null if nothing is.
create or replace function scenario_push.parameter_fault(name text, spec jsonb, value jsonb) returns text
  language plpgsql
  immutable
  parallel safe
  set search_path = pg_catalog, pg_temp
  as $$
declare
  max_integer constant numeric := 2147483647;
  kind constant text := spec ->> 'kind';
  least_value constant numeric := (spec ->> 'min')::numeric;
  expected text;
  fine boolean;
begin
  if kind = 'integer' then
    expected := format('an integer >= %s', least_value);
    fine := jsonb_typeof(value) = 'number';
    if fine then
      fine := value::numeric between least_value and max_integer and trunc(value::numeric) = value::numeric;
    end if;
  else
    expected := format('%s %s integers >= %s', coalesce('1 to ' || (spec ->> 'maxItems'), 'one or more'),
      case kind when 'distinct' then 'different' else 'ascending' end, least_value);
    fine := jsonb_typeof(value) = 'array';
    if fine then
      fine := jsonb_array_length(value) between 1 and coalesce((spec ->> 'maxItems')::numeric, max_integer);
    end if;
    if fine then
      fine := (select bool_and(jsonb_typeof(each.value) = 'number') from jsonb_array_elements(value) as each (value));
    end if;
    if fine then
      select bool_and(number between least_value and max_integer and trunc(number) = number)
        and case kind
          when 'distinct' then count(distinct number) = count(*)
          else bool_and(previous is null or previous < number)
        end
      into fine
      from (
        select each.value::numeric as number, lag(each.value::numeric) over (order by place) as previous
        from jsonb_array_elements(value) with ordinality as each (value, place)
      ) as numbers;
    end if;
  end if;
  if (spec ->> 'nullable')::boolean then
    expected := expected || ' or null';
    fine := fine or jsonb_typeof(value) = 'null';
  end if;
  return case when not fine then
    format('%s: expected %s, got %s', name, expected,
      case when length(value::text) > 60 then left(value::text, 60) || '...' else value::text end)
  end;
end
$$;

-- What is wrong with a rule's own wording, {"nb": {"title": "...", "body": "..."}} for any of the languages, in the order
-- of the languages; empty if nothing is.
create or replace function scenario_push.message_faults(messages jsonb) returns text[]
  language sql
  immutable
  parallel safe
  set search_path = pg_catalog, pg_temp
  as $$
    select case
      when messages is null then '{}'
      when jsonb_typeof(messages) <> 'object' then
        array[format('messages: expected an object of languages, got %s', left(messages::text, 60))]
      else array(
        select
          case
            when tag not in ('nb', 'nn', 'en') then
              format('messages.%s: unknown language, expected one of nb, nn, en', left(tag, 60))
            when limits is null then
              format('messages.%s: expected an object of title and body, got %s', tag, left(texts::text, 60))
            else
              format('messages.%s.%s: expected a text of 1 to %s characters, got %s', tag, limits.name, limits.longest,
                coalesce(left((texts -> limits.name)::text, 60), 'nothing'))
          end
        from (select key as tag, messages -> key as texts from jsonb_object_keys(messages) as key) as languages
        left join (values (1, 'title', 100), (2, 'body', 500)) as limits (place, name, longest)
          on tag in ('nb', 'nn', 'en')
          and jsonb_typeof(texts) = 'object'
          and texts - array['title', 'body'] = '{}'
        where limits is null
          or jsonb_typeof(texts -> limits.name) is distinct from 'string'
          or length(texts ->> limits.name) not between 1 and limits.longest
        order by tag collate "C", limits.place)
    end
  $$;

-- scenario_rule_fault(scenario_type, parameters) → null if all is well, else the faults, each as
--   key: expected ..., got ...
-- The first five are named, those that follow are counted. An absent key has its default, so only what is there is judged.
-- Safe on any JSON: nothing is cast before its kind is known, and what is larger than a rule may be is not looked into.
-- Runs as its owner, for the declarations' sake; it reads nothing else.
create or replace function public.scenario_rule_fault(scenario_type text, parameters jsonb) returns text
  language plpgsql
  immutable
  parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
declare
  max_bytes constant integer := 16384;
  max_faults constant integer := 5;
  declarations constant jsonb := scenario_push.scenario_declarations();
  declared constant jsonb := declarations -> scenario_type -> 'parameters';
  known_keys text;
  bytes integer;
  faults text[];
begin
  if declared is null then
    return format('scenario_type: expected one of %s, got %s',
      (select string_agg(key, ', ' order by key collate "C") from jsonb_object_keys(declarations) as key),
      coalesce(left(scenario_type, 60), 'null'));
  end if;
  -- PostgreSQL's own form of JSON takes at most five times the space of the text: what takes more than eight times as much
  -- as is allowed need not be written out to be known to be too long.
  if pg_column_size(parameters) <= 8 * max_bytes then
    bytes := octet_length(parameters::text);
  end if;
  if parameters is not null and (bytes <= max_bytes) is not true then
    return format('parameters: expected at most %s bytes of JSON, got %s', max_bytes, coalesce(bytes::text, 'many times as much'));
  end if;
  if parameters is null or jsonb_typeof(parameters) <> 'object' then
    return format('parameters: expected a JSON object, got %s', coalesce(left(parameters::text, 60), 'null'));
  end if;

  known_keys := concat(
    (select string_agg(key, ', ' order by key collate "C") || ' and ' from jsonb_object_keys(declared) as key), 'messages');
  faults := array(
    select fault
    from jsonb_object_keys(parameters) as key
    cross join lateral (
      select case
        when declared ? key then scenario_push.parameter_fault(key, declared -> key, parameters -> key)
        else format('%s: unknown, %s has %s', left(key, 60), scenario_type, known_keys)
      end as fault
    ) as judged
    where key <> 'messages' and fault is not null
    order by key collate "C"
  ) || scenario_push.message_faults(parameters -> 'messages');

  return nullif(array_to_string(faults[:max_faults], '; ')
    || case when cardinality(faults) > max_faults then format('; and %s more', cardinality(faults) - max_faults) else '' end, '');
end
$$;

revoke all on function
  scenario_push.parameter_fault(text, jsonb, jsonb), scenario_push.message_faults(jsonb)
  from public;
-- Whoever writes a rule is told the same by the table, so nobody who is signed in needs to ask: an evaluation asks, and the
-- organisation's server may.
revoke all on function public.scenario_rule_fault(text, jsonb) from public, anon, authenticated;
grant execute on function public.scenario_rule_fault(text, jsonb) to service_role, scenario_push_worker;

-- The rest of each declaration stays as it is.
select scenario_push.add_scenario_type('milestone',
  jsonb_set(scenario_push.scenario_declarations() -> 'milestone', '{parameters,thresholds,maxItems}', '50'));
select scenario_push.add_scenario_type('certification_expiry',
  jsonb_set(scenario_push.scenario_declarations() -> 'certification_expiry', '{parameters,lead_days,maxItems}', '50'));
