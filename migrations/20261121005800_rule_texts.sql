-- A rule's own texts are checked when they are written. They are ICU MessageFormat, which intl-messageformat formats; what
-- is accepted here is a part of it that the library always formats (test/push/texts.test.ts draws texts to show it):
--
--   {name}                                   any placeholder of the scenario type
--   {name, number}                           a number
--   {name, date}, {name, date, long}         a date; short, medium, long or full
--   {name, plural, one {…} other {…}}        a number; branches =0, =1 and so on, one, other, and # for the number.
--                                            Within a branch whatever is listed above, and no plural
--
-- Apostrophes and angle brackets are text. There are no braces but those of placeholders.
--
-- A trigger refuses, and not the table's CHECK: a dump with texts of an older rule can be restored, and an older rule can
-- be switched off without its texts being written anew.

-- What is wrong with one text; null if nothing is. placeholders: as scenario_declarations() has them. A placeholder without
-- a kind, of a type that was declared before there were kinds, is a text.
create or replace function scenario_push.text_fault(words text, placeholders jsonb, in_plural boolean default false)
  returns text
  language plpgsql
  immutable
  parallel safe
  set search_path = ''
  as $$
declare
  ws constant text := '[ \t\r\n]*';
  -- A branch of a plural: its name, and text with nothing but placeholders in it.
  branch constant text := '^' || ws || '(=[0-9]{1,9}|one|other)' || ws || '\{((?:[^{}]|\{[^{}]*\})*)\}' || ws;
  argument constant text := '^\{' || ws || '[a-z0-9_]+' || ws;
  known constant text := coalesce((
    select string_agg(format('{%s}', coalesce(p ->> 'name', p #>> '{}')), ', ' order by place)
    from jsonb_array_elements(placeholders) with ordinality as each (p, place)
  ), 'none');
  rest text := words;
  shown text;
  part text[];
  name text;
  kind text;
  branches text[];
  fault text;
begin
  if btrim(words, e' \t\r\n') = '' and not in_plural then
    return 'expected more than blanks';
  end if;
  loop
    rest := regexp_replace(rest, '^[^{}]+', '');
    if rest = '' then
      return null;
    end if;
    shown := '"' || left(rest, 40) || '"';
    if starts_with(rest, '}') then
      return format('expected "{" before each "}", got %s', shown);
    end if;
    part := regexp_match(rest, '^\{' || ws || '([a-z0-9_]+)' || ws || '([,}])');
    if part is null then
      return format('expected a placeholder (%s) between "{" and "}", got %s', known, shown);
    end if;
    name := part[1];
    kind := (
      select coalesce(p ->> 'kind', 'text')
      from jsonb_array_elements(placeholders) as p
      where coalesce(p ->> 'name', p #>> '{}') = name
    );
    if kind is null then
      return format('expected a placeholder of the scenario (%s), got {%s}', known, name);
    end if;

    if part[2] = '}' then
      rest := regexp_replace(rest, argument || '\}', '');
    elsif kind = 'number' and rest ~ (argument || ',' || ws || 'number' || ws || '\}') then
      rest := regexp_replace(rest, '^\{[^{}]*\}', '');
    elsif kind = 'date'
      and rest ~ (argument || ',' || ws || 'date' || ws || '(,' || ws || '(short|medium|long|full)' || ws || ')?\}')
    then
      rest := regexp_replace(rest, '^\{[^{}]*\}', '');
    elsif kind = 'number' and not in_plural and rest ~ (argument || ',' || ws || 'plural' || ws || ',') then
      rest := regexp_replace(rest, argument || ',' || ws || 'plural' || ws || ',', '');
      branches := '{}';
      loop
        part := regexp_match(rest, branch);
        exit when part is null;
        if part[1] = any (branches) then
          return format('expected each branch of {%s, plural, …} once, got "%s" twice', name, part[1]);
        end if;
        fault := scenario_push.text_fault(part[2], placeholders, true);
        if fault is not null then
          return fault;
        end if;
        branches := branches || part[1];
        rest := regexp_replace(rest, branch, '');
      end loop;
      if not starts_with(rest, '}') or not 'other' = any (branches) then
        return format('expected {%s, plural, one {…} other {…}} with branches =0, =1, one and other, got %s', name, shown);
      end if;
      rest := substr(rest, 2);
    else
      return format('expected %s, got %s', case
        when kind = 'date' then format('{%s} or {%s, date, long}', name, name)
        when kind = 'text' then format('{%s}', name)
        when in_plural then format('{%s} or {%s, number} within a plural', name, name)
        else format('{%s}, {%s, number} or {%s, plural, one {…} other {…}}', name, name, name)
      end, shown);
    end if;
  end loop;
end
$$;

-- scenario_text_fault(scenario_type, parameters) → null if nothing is wrong with a rule's own texts, else the faults, each as
--   messages.<language>.<title or body>: expected ..., got ...
-- A rule that has texts has them in every language. scenario_rule_fault() says what is wrong with their shape and length, and
-- with all else; an evaluation does not ask this one, for a mentor is not to be missed for a text.
-- Runs as its owner, for the declarations' sake; it reads nothing else.
create or replace function public.scenario_text_fault(scenario_type text, parameters jsonb) returns text
  language sql
  immutable
  parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
    select string_agg(fault, '; ' order by tag collate "C", place)
    from (
      select
        tag,
        place,
        case
          when texts is null then format('messages.%s: expected texts in every language (nb, nn, en), got nothing', tag)
          else format('messages.%s.%s: ', tag, part) || fault
        end as fault
      from (select case when jsonb_typeof(parameters -> 'messages') = 'object' then parameters -> 'messages' end) as given (messages)
      cross join unnest(array['nb', 'nn', 'en']) as tag
      cross join lateral (select messages -> tag) as of_language (texts)
      cross join (values (1, 'title', 100), (2, 'body', 500)) as parts (place, part, longest)
      cross join lateral (
        select case
          when jsonb_typeof(texts -> part) = 'string' and length(texts ->> part) between 1 and longest then
            scenario_push.text_fault(texts ->> part, scenario_push.scenario_declarations() -> scenario_type -> 'placeholders')
        end
      ) as judged (fault)
      where messages <> '{}' and (fault is not null or (texts is null and place = 1))
    ) as faults
  $$;
comment on function public.scenario_text_fault(text, jsonb) is
  'What is wrong with a rule''s own texts, in words; null if nothing is.';

-- What a refused rule is answered with, whoever refuses it.
create or replace function scenario_push.refuse_rule(
  organization_id uuid, chapter_id uuid, scenario_type text, fault text, hint text
) returns void
  language plpgsql
  immutable
  parallel safe
  set search_path = ''
  as $$
begin
  raise exception 'scenario rule % of %: %', scenario_type,
    case
      when chapter_id is not null then 'chapter ' || chapter_id::text
      when organization_id is not null then 'organisation ' || organization_id::text
      else 'everybody'
    end,
    fault
    using errcode = 'check_violation', schema = 'public', table = 'scenario_rules', column = 'parameters',
          constraint = 'scenario_rules_parameters_check', hint = hint;
end
$$;

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
    perform scenario_push.refuse_rule(organization_id, chapter_id, scenario_type, fault, 'A key that is left out has its default.');
  end if;
  return true;
end
$$;

-- Judges texts that are new or changed; says everything that is wrong with the rule.
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
  then
    return new;
  end if;
  fault := public.scenario_text_fault(new.scenario_type, new.parameters);
  -- The CHECK on scenario_type refuses a type that does not exist.
  if fault is not null and scenario_push.scenario_declarations() ? new.scenario_type then
    perform scenario_push.refuse_rule(new.organization_id, new.chapter_id, new.scenario_type,
      concat_ws('; ', public.scenario_rule_fault(new.scenario_type, new.parameters), fault),
      'Texts are ICU MessageFormat: {days}, {days, plural, one {# day} other {# days}}, {date, date, long}.');
  end if;
  return new;
end
$$;

create or replace trigger scenario_rules_sound_texts
  before insert or update of scenario_type, parameters on public.scenario_rules
  for each row execute function scenario_push.require_sound_texts();

revoke all on function
  scenario_push.text_fault(text, jsonb, boolean),
  scenario_push.refuse_rule(uuid, uuid, text, text, text),
  scenario_push.require_sound_texts()
  from public;
revoke all on function public.scenario_text_fault(text, jsonb)
  from public, anon, authenticated, service_role, scenario_push_worker;
grant execute on function public.scenario_text_fault(text, jsonb) to service_role, scenario_push_worker;

-- What a text may do with each placeholder.
select scenario_push.add_scenario_type('inactivity', (scenario_push.scenario_declarations() -> 'inactivity') || '{
  "placeholders": [{"name": "days", "kind": "number"}]
}');
select scenario_push.add_scenario_type('milestone', (scenario_push.scenario_declarations() -> 'milestone') || '{
  "placeholders": [{"name": "sessions", "kind": "number"}, {"name": "year", "kind": "number"}]
}');
select scenario_push.add_scenario_type('certification_expiry', (scenario_push.scenario_declarations() -> 'certification_expiry') || '{
  "placeholders": [
    {"name": "certification", "kind": "text"}, {"name": "days", "kind": "number"},
    {"name": "date", "kind": "date"}, {"name": "expires_on", "kind": "date"}
  ]
}');
select scenario_push.add_scenario_type('welcome_back', (scenario_push.scenario_declarations() -> 'welcome_back') || '{
  "placeholders": [{"name": "gap", "kind": "number"}]
}');
