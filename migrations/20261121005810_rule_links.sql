-- A rule may carry a link, which goes out with its notifications: parameters -> 'link', an https address or one of the app's
-- own scheme. It is judged when it is written, as texts are, and an evaluation does not ask.

-- What is wrong with a link; null if nothing is, or there is none. push/link.ts says the same.
create or replace function scenario_push.link_fault(link jsonb) returns text
  language sql
  immutable
  parallel safe
  set search_path = ''
  as $$
    select case
      when link is null then null
      when jsonb_typeof(link) = 'string'
        and length(link #>> '{}') <= 250
        and (link #>> '{}') ~ ('^(https://([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?'
          || '(:[1-9][0-9]{0,3})?([/?#]|$)|(?!https:)[a-z][a-z0-9+.-]*://)[A-Za-z0-9._~:/?#\[\]@!$&''()*+,;=%-]*$')
        -- What a phone or a browser does something of its own with.
        and (link #>> '{}') !~ '^(http|wss?|s?ftps?|file|javascript|vbscript|data|blob|about|intent|content|view-source):'
      then null
      else format('link: expected an https:// address, or one of the app''s own scheme such as myapp://profile, of at most '
        '250 characters, got %s', left(link::text, 60))
    end
  $$;

-- As before, and knows the key.
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
    (select string_agg(key, ', ' order by key collate "C") || ', ' from jsonb_object_keys(declared) as key), 'link and messages');
  faults := array(
    select fault
    from jsonb_object_keys(parameters) as key
    cross join lateral (
      select case
        when declared ? key then scenario_push.parameter_fault(key, declared -> key, parameters -> key)
        else format('%s: unknown, %s has %s', left(key, 60), scenario_type, known_keys)
      end as fault
    ) as judged
    where key not in ('link', 'messages') and fault is not null
    order by key collate "C"
  ) || scenario_push.message_faults(parameters -> 'messages');

  return nullif(array_to_string(faults[:max_faults], '; ')
    || case when cardinality(faults) > max_faults then format('; and %s more', cardinality(faults) - max_faults) else '' end, '');
end
$$;

-- Judges texts and a link that are new or changed; says everything that is wrong with the rule.
create or replace function scenario_push.require_sound_texts() returns trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
declare
  fault text;
begin
  if tg_op = 'UPDATE' and new.scenario_type = old.scenario_type
    and new.parameters -> 'messages' is not distinct from old.parameters -> 'messages'
    and new.parameters -> 'link' is not distinct from old.parameters -> 'link'
  then
    return new;
  end if;
  fault := concat_ws('; ', public.scenario_text_fault(new.scenario_type, new.parameters), scenario_push.link_fault(new.parameters -> 'link'));
  -- The CHECK on scenario_type refuses a type that does not exist.
  if fault <> '' and scenario_push.scenario_declarations() ? new.scenario_type then
    perform scenario_push.refuse_rule(new.organization_id, new.chapter_id, new.scenario_type,
      concat_ws('; ', public.scenario_rule_fault(new.scenario_type, new.parameters), fault),
      'Texts are ICU MessageFormat: {days}, {days, plural, one {# day} other {# days}}, {date, date, long}.');
  end if;
  return new;
end
$$;

revoke all on function scenario_push.link_fault(jsonb) from public;
grant execute on function scenario_push.link_fault(jsonb) to service_role, scenario_push_worker;
