-- Built from the catalog by "npm run schema"; not a script to run.

schema auth;
grant usage on schema auth to anon;
grant usage on schema auth to authenticated;
grant usage on schema auth to service_role;
comment: scenario-push: created

schema public;
grant usage on schema public to PUBLIC;
comment: standard public schema

schema scenario_push;
grant usage on schema scenario_push to scenario_push_worker;

CREATE OR REPLACE FUNCTION auth.uid()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid
      $function$;
grant execute on function auth.uid() to PUBLIC;
comment: scenario-push: created

CREATE OR REPLACE FUNCTION public.readable_chapters(ids uuid[])
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 10
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select c.id
    from unnest(scenario_push.chapters_in_charge()) as c (id)
    where ids is null or c.id = any (ids)
  $function$;
grant execute on function public.readable_chapters(uuid[]) to authenticated;
comment: Of these chapters those that the person signed in is in charge of; null: all of those.

CREATE OR REPLACE FUNCTION public.readable_mentors(ids uuid[])
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 10
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select u.id
    from public.users u
    where u.id = any (ids)
      and u.role::text = 'peer_mentor'
      and u.chapter_id = any ((select scenario_push.chapters_in_charge())::uuid[])
  $function$;
grant execute on function public.readable_mentors(uuid[]) to authenticated;
comment: Of these people the peer mentors in chapters that the person signed in is in charge of.

CREATE OR REPLACE FUNCTION public.register_device_token(token text, platform text)
 RETURNS uuid
 LANGUAGE sql
BEGIN ATOMIC
 SELECT public.register_device_token(token, platform, 'registration_token'::text, NULL::text) AS register_device_token;
END;
grant execute on function public.register_device_token(text,text) to authenticated;
comment: Registers the device of the person signed in; a token that belonged to somebody else changes hands.

CREATE OR REPLACE FUNCTION public.register_device_token(token text, platform text, kind text, replaces text DEFAULT NULL::text)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    declare
      me constant uuid := auth.uid();
      installation constant text := split_part(register_device_token.token, ':', 1);
      before record;
      device uuid;
    begin
      if me is null then
        raise exception 'nobody is signed in' using errcode = 'insufficient_privilege';
      end if;
      if kind = 'installation_id' and installation <> register_device_token.token then
        raise exception 'kind: expected registration_token, got installation_id with a token that has a colon'
          using errcode = 'check_violation', hint = 'An installation id is what FirebaseInstallations.getId() returns.';
      end if;
      -- Two who sign in on one device at once take turns: the second must know from whom it gets the device.
      perform pg_advisory_xact_lock(hashtextextended('scenario-push device ' || installation, 0));
      select d.id, d.user_id into before
      from public.device_tokens as d where d.token = register_device_token.token;

      insert into public.device_tokens as d (user_id, token, platform, token_kind, last_seen_at)
      values (me, register_device_token.token, register_device_token.platform, kind, now())
      on conflict on constraint device_tokens_token_key do update
      set id = case when d.user_id = excluded.user_id then d.id else excluded.id end,
          user_id = excluded.user_id,
          platform = excluded.platform,
          token_kind = excluded.token_kind,
          registered_at = case
            when d.user_id = excluded.user_id and d.invalidated_at is null and d.token_kind = excluded.token_kind
              then d.registered_at
            else excluded.registered_at
          end,
          last_seen_at = excluded.last_seen_at,
          invalidated_at = null,
          invalidation_reason = null
      returning d.id into device;

      if before.user_id <> me then
        insert into public.access_audit (what, database_role, person, row_count, detail)
        values ('register_device_token', session_user, me, 1,
          jsonb_build_object('device_before', before.id, 'person_before', before.user_id, 'device', device));
      end if;
      with retired as (
        update public.device_tokens as o
        set invalidated_at = now(), invalidation_reason = case when o.token = replaces then 'replaced' else 'changed_hands' end
        where o.id <> device and o.invalidated_at is null
          and (o.token = replaces
            or (split_part(o.token, ':', 1) = installation and o.user_id <> me and o.token_kind <> kind))
        returning o.id, o.user_id
      )
      insert into public.access_audit (what, database_role, person, row_count, detail)
      select 'register_device_token', session_user, me, 1,
        jsonb_build_object('device_before', r.id, 'person_before', r.user_id, 'device', device)
      from retired as r where r.user_id <> me;
      return device;
    end
    $function$;
grant execute on function public.register_device_token(text,text,text,text) to authenticated;
comment: Registers the device of the person signed in, by registration token or installation id; what belonged to somebody else changes hands.

CREATE OR REPLACE FUNCTION public.rule_scopes()
 RETURNS TABLE(organization_id uuid, chapter_id uuid, organization_name text, chapter_name text, may_write boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 100
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select null::uuid, null::uuid, null::text, null::text, false
    where scenario_push.organization_to_read() is not null
    union all
    select o.id, null, o.name::text, null, o.id is not distinct from scenario_push.organization_in_charge()
    from public.organizations o
    where o.id = (select scenario_push.organization_to_read())
    union all
    select c.organization_id, c.id, o.name::text, c.name::text, true
    from public.chapters c
    left join public.organizations o on o.id = c.organization_id
    where c.id = any ((select scenario_push.chapters_in_charge())::uuid[])
  $function$;
grant execute on function public.rule_scopes() to authenticated;
comment: The scopes whose rules the person signed in may read, what they are called, and whether the person may write there.

CREATE OR REPLACE FUNCTION public.scenario_rule_fault(scenario_type text, parameters jsonb)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function public.scenario_rule_fault(text,jsonb) to scenario_push_worker;
grant execute on function public.scenario_rule_fault(text,jsonb) to service_role;
comment: What is wrong with a rule's parameters, in words; null if nothing is.

CREATE OR REPLACE FUNCTION public.scenario_text_fault(scenario_type text, parameters jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
  $function$;
grant execute on function public.scenario_text_fault(text,jsonb) to scenario_push_worker;
grant execute on function public.scenario_text_fault(text,jsonb) to service_role;
comment: What is wrong with a rule's own texts, in words; null if nothing is.

CREATE OR REPLACE FUNCTION scenario_push.add_scenario_type(scenario_type text, declaration jsonb, cooldown_minutes integer DEFAULT 0)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION scenario_push.admit_scenario_types(target regclass, check_name text, types text[], validation text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  execute format('alter table %s drop constraint %I, add constraint %I check (scenario_type in (%s)) %s',
    target, check_name, check_name,
    (select string_agg(quote_literal(type), ', ' order by place) from unnest(types) with ordinality as t (type, place)),
    validation);
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.applied_versions()
 RETURNS TABLE(version text, applied_by text)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if to_regclass('scenario_push.kysely_migration') is not null then
    return query select split_part(m.name::text, '_', 1), 'scenario-push' from scenario_push.kysely_migration as m;
  end if;
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    return query select m.version::text, 'supabase' from supabase_migrations.schema_migrations as m;
  end if;
end
$function$;
grant execute on function scenario_push.applied_versions() to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.chapter_in_charge()
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select u.chapter_id
    from public.users u
    where u.id = auth.uid()
      and u.status::text = 'active'
      and u.role::text = 'coordinator'
  $function$;
grant execute on function scenario_push.chapter_in_charge() to authenticated;
grant execute on function scenario_push.chapter_in_charge() to scenario_push_worker;
grant execute on function scenario_push.chapter_in_charge() to service_role;

CREATE OR REPLACE FUNCTION scenario_push.chapters_in_charge()
 RETURNS uuid[]
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    with me as (
      select u.role::text as role, u.chapter_id, c.organization_id
      from public.users u
      join public.chapters c on c.id = u.chapter_id
      where u.id = auth.uid()
        and u.status::text = 'active'
    )
    -- Two look-ups: an OR between them would read all chapters for every page.
    select coalesce(array_agg(id), '{}')
    from (
      select chapter_id as id from me where role in ('coordinator', 'administrator')
      union
      select c.id from me join public.chapters c on c.organization_id = me.organization_id where me.role = 'administrator'
    ) charge
  $function$;
grant execute on function scenario_push.chapters_in_charge() to authenticated;

CREATE OR REPLACE FUNCTION scenario_push.chapters_to_read(everything boolean)
 RETURNS TABLE(chapter_id uuid, organization_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select c.id, c.organization_id
    from public.chapters c
    where everything or c.id = any ((select scenario_push.chapters_in_charge())::uuid[])
  $function$;
grant execute on function scenario_push.chapters_to_read(boolean) to authenticated;
grant execute on function scenario_push.chapters_to_read(boolean) to scenario_push_worker;
grant execute on function scenario_push.chapters_to_read(boolean) to service_role;

CREATE OR REPLACE FUNCTION scenario_push.close_table(table_name text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  execute format('alter table public.%I enable row level security', table_name);
  execute format('drop policy if exists "worker" on public.%I', table_name);
  execute format('create policy "worker" on public.%I to scenario_push_worker using (true) with check (true)', table_name);
  -- Supabase's default privileges give it everything; what was sent is the service's alone to write.
  execute format('revoke all on table public.%I from public, anon, authenticated, service_role', table_name);
  execute format('grant select on table public.%I to service_role', table_name);
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.created(table_name text, about text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  execute format('comment on table public.%I is %L', table_name, 'scenario-push: created. ' || about);
  execute format('revoke all on table public.%I from public, anon, authenticated', table_name);
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.delivery_channel(mentor uuid)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN COALESCE((SELECT CASE t.platform WHEN 'ios'::text THEN 'apns'::text ELSE 'fcm'::text END AS "case" FROM public.device_tokens t WHERE (t.user_id = delivery_channel.mentor) ORDER BY t.registered_at DESC, t.id LIMIT 1), 'fcm'::text);
grant execute on function scenario_push.delivery_channel(uuid) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.devices_to_reach(claim uuid, mentor uuid)
 RETURNS TABLE(id uuid, platform text, token text, token_kind text)
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 WITH newest AS (
          SELECT d.id,
             d.platform,
             d.token,
             d.token_kind
            FROM public.device_tokens d
           WHERE ((d.user_id = devices_to_reach.mentor) AND (d.invalidated_at IS NULL) AND (octet_length(d.token) <= 4096))
           ORDER BY GREATEST(d.registered_at, d.last_seen_at) DESC NULLS LAST, d.id
          LIMIT 20
         )
  SELECT t.id,
     t.platform,
     t.token,
     t.token_kind
    FROM newest t
   WHERE ((NOT (EXISTS ( SELECT
            FROM public.delivery_attempts a
           WHERE ((a.claim_id = devices_to_reach.claim) AND (a.device_id = t.id) AND ((a.outcome = 'accepted'::text) OR ((a.outcome = 'rejected'::text) AND (NOT a.retryable))))
          OFFSET 0))) AND (NOT (EXISTS ( SELECT
            FROM newest other
           WHERE (((other.token_kind = 'installation_id'::text) IS DISTINCT FROM (t.token_kind = 'installation_id'::text)) AND (split_part(other.token, ':'::text, 1) = split_part(t.token, ':'::text, 1)) AND ((t.token_kind = 'installation_id'::text) = (EXISTS ( SELECT
                    FROM public.delivery_attempts a
                   WHERE ((a.claim_id = devices_to_reach.claim) AND (a.device_id =
                         CASE
                             WHEN (t.token_kind = 'installation_id'::text) THEN t.id
                             ELSE other.id
                         END) AND (a.outcome = 'rejected'::text) AND (a.error_code = 'messaging/installation-id-not-registered'::text))
                  OFFSET 0))))
          OFFSET 0))));
END;
grant execute on function scenario_push.devices_to_reach(uuid,uuid) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.devices_to_try(claim uuid, mentor uuid)
 RETURNS TABLE(id uuid, platform text, token text)
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT r.id,
     r.platform,
     r.token
    FROM scenario_push.devices_to_reach(devices_to_try.claim, devices_to_try.mentor) r(id, platform, token, token_kind)
   WHERE (r.token_kind = 'registration_token'::text);
END;
grant execute on function scenario_push.devices_to_try(uuid,uuid) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.erase_person(person uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    declare
      erased jsonb := '{}';
      about record;
      gone bigint;
      total bigint;
    begin
      -- Claims before records: a record that goes releases its claim.
      for about in select * from scenario_push.tables_about_people() where is_ours loop
        execute format('delete from public.%I where %I = $1', about.table_name, about.person_column) using person;
        get diagnostics gone = row_count;
        erased := erased || jsonb_build_object(about.table_name, gone);
      end loop;
      delete from public.evaluation_batches b
      where b.range_from = erase_person.person
        and not exists (select from public.scenario_claims c where c.batch_key = b.batch_key);
      get diagnostics gone = row_count;
      erased := erased || jsonb_build_object('evaluation_batches', gone);
      -- Batches of sweeps keep whom they left out.
      update public.evaluation_batches b
      set set_aside = (
        select coalesce(jsonb_agg(one), '[]') from jsonb_array_elements(b.set_aside) one
        where one ->> 'user_id' is distinct from erase_person.person::text
      )
      where b.set_aside <> '[]' and b.set_aside @> jsonb_build_array(jsonb_build_object('user_id', erase_person.person));

      -- What they changed stays, without them.
      update public.rule_changes r set person = null where r.person = erase_person.person;
      get diagnostics gone = row_count;
      erased := erased || jsonb_build_object('rule_changes', gone);

      update public.access_audit a
      set person = nullif(a.person, erase_person.person),
          detail = case when a.detail ->> 'person_before' = erase_person.person::text then a.detail - 'person_before'
            else a.detail end
      where a.person = erase_person.person or a.detail ->> 'person_before' = erase_person.person::text;
      get diagnostics gone = row_count;
      erased := erased || jsonb_build_object('access_audit', gone);

      select sum(value::bigint) into total from jsonb_each_text(erased);
      if total > 0 then
        insert into public.access_audit (what, database_role, row_count, detail)
        values ('erase_person', session_user, total, erased);
      end if;
      return erased;
    end
  $function$;
grant execute on function scenario_push.erase_person(uuid) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.export_person(person uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
AS $function$
    declare
      exported jsonb := '{}';
      about record;
      found_rows jsonb;
      total bigint := 0;
    begin
      for about in
        select t.table_name, t.person_column, (
          select string_agg(
            case a.atttypid when 'timestamptz'::regtype then format('nullif(%1$I, ''-infinity'') as %1$I', a.attname)
              else quote_ident(a.attname) end,
            ', ' order by a.attnum)
          from pg_attribute a
          where a.attrelid = to_regclass(format('public.%I', t.table_name)) and a.attnum > 0 and not a.attisdropped
            and (t.is_ours or has_column_privilege('scenario_push_worker', a.attrelid, a.attnum, 'select'))
        ) as columns
        from scenario_push.tables_about_people() t
      loop
        execute format('select coalesce(jsonb_agg(to_jsonb(t)), ''[]'') from (select %s from public.%I where %I = $1) t',
          about.columns, about.table_name, about.person_column) into found_rows using person;
        exported := exported || jsonb_build_object(about.table_name, found_rows);
      end loop;
      exported := exported || jsonb_build_object(
        'delivery_attempts', (
          select coalesce(jsonb_agg(to_jsonb(a)), '[]')
          from public.delivery_attempts a join public.scenario_claims c on c.id = a.claim_id where c.user_id = person),
        -- Those of "notify": the range of one person begins with their id.
        'evaluation_batches', (
          select coalesce(jsonb_agg(to_jsonb(b)), '[]') from public.evaluation_batches b where b.range_from = person),
        -- What they changed.
        'rule_changes', (
          select coalesce(jsonb_agg(to_jsonb(r)), '[]') from public.rule_changes r where r.person = export_person.person),
        'access_audit', (
          select coalesce(jsonb_agg(to_jsonb(a)), '[]') from public.access_audit a
          where a.person = export_person.person or a.detail ->> 'person_before' = export_person.person::text));
      select sum(jsonb_array_length(value)) into total from jsonb_each(exported);
      if total > 0 then
        insert into public.access_audit (what, database_role, person, row_count)
        values ('export_person', session_user, export_person.person, total);
      end if;
      return exported;
    end
  $function$;
grant execute on function scenario_push.export_person(uuid) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.failure_reason(mentor uuid, rule uuid, idempotency_key text)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select c.release_reason
    from public.scenario_claims c
    where c.user_id = mentor
      and c.scenario_rule_id = rule
      and c.state = 'released'
      and scenario_push.is_withdrawal(c.release_reason) is not true
      and scenario_push.follow_up_key(c.user_id, c.scenario_rule_id, c.date_window) = failure_reason.idempotency_key
    order by c.settled_at desc
    limit 1
  $function$;
grant execute on function scenario_push.failure_reason(uuid,uuid,text) to authenticated;
grant execute on function scenario_push.failure_reason(uuid,uuid,text) to scenario_push_worker;
grant execute on function scenario_push.failure_reason(uuid,uuid,text) to service_role;

CREATE OR REPLACE FUNCTION scenario_push.follow_up_key(mentor uuid, rule uuid, date_window text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN encode(sha256(convert_to((((((mentor)::text || ':'::text) || (rule)::text) || ':'::text) || date_window), 'UTF8'::name)), 'hex'::text);
grant execute on function scenario_push.follow_up_key(uuid,uuid,text) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.forget_email()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if new.person is null then
    new.email := null;
  end if;
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.give_back(table_name text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  target regclass := to_regclass(format('public.%I', table_name));
  added record;
begin
  if scenario_push.is_created(table_name) then
    execute format('drop table public.%I', table_name);
    return;
  end if;
  for added in
    select indexrelid::regclass as index from pg_catalog.pg_index
    where indrelid = target and obj_description(indexrelid, 'pg_class') = 'scenario-push: added'
  loop
    execute format('drop index %s', added.index);
  end loop;
  for added in
    select attname as name from pg_catalog.pg_attribute
    where attrelid = target and attnum > 0 and not attisdropped
      and col_description(target, attnum) = 'scenario-push: added'
  loop
    execute format('alter table public.%I drop column %I', table_name, added.name);
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.is_created(table_name text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO ''
AS $function$
    select coalesce(
      obj_description(to_regclass(format('public.%I', table_name)), 'pg_class') like 'scenario-push: created%', false)
  $function$;

CREATE OR REPLACE FUNCTION scenario_push.is_iana_timezone(name text)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO ''
AS $function$
    select case
      when name like '%/%' then (name !~ '[0-9]' or name ~* '^etc/gmt[+-]?[0-9]+$') and name !~* '^(posix|right)/'
      else lower(name) in (
        'cet', 'cst6cdt', 'cuba', 'eet', 'egypt', 'eire', 'est', 'est5edt', 'gb', 'gb-eire', 'gmt', 'gmt+0', 'gmt-0',
        'gmt0', 'greenwich', 'hongkong', 'hst', 'iceland', 'iran', 'israel', 'jamaica', 'japan', 'kwajalein', 'libya',
        'met', 'mst', 'mst7mdt', 'navajo', 'nz', 'nz-chat', 'poland', 'portugal', 'prc', 'pst8pdt', 'roc', 'rok',
        'singapore', 'turkey', 'uct', 'universal', 'utc', 'w-su', 'wet', 'zulu')
    end and scenario_push.is_timezone(name)
  $function$;
grant execute on function scenario_push.is_iana_timezone(text) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.is_timezone(name text)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  perform timestamptz '2000-01-01 00:00:00+00' at time zone name;
  return name is not null;
exception
  when others then
    return false;
end
$function$;
grant execute on function scenario_push.is_timezone(text) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.is_withdrawal(release_reason text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (release_reason = ANY (ARRAY['opted_out'::text, 'not_active'::text, 'rule_off'::text, 'no_longer_due'::text, 'recalled'::text, 'stopped'::text, 'braked'::text]));
grant execute on function scenario_push.is_withdrawal(text) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.keep_chapters(ids uuid[])
 RETURNS SETOF uuid
 LANGUAGE sql
 SECURITY DEFINER ROWS 100
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select id from public.chapters where id = any (ids) for key share
  $function$;
grant execute on function scenario_push.keep_chapters(uuid[]) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.keep_rules(ids uuid[])
 RETURNS SETOF uuid
 LANGUAGE sql
 SECURITY DEFINER ROWS 100
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select id from public.scenario_rules where id = any (ids) for key share
  $function$;
grant execute on function scenario_push.keep_rules(uuid[]) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.let_oldest_devices_give_way()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if not exists (select from changed where invalidated_at is null) then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtext('scenario-push devices of a person'), turn)
  from (
    select distinct get_byte(uuid_send(user_id), 0) as turn from changed where invalidated_at is null order by turn
  ) as turns;

  update public.device_tokens as d
  set invalidated_at = now(), invalidation_reason = 'too_many_devices'
  from (
    select
      t.id,
      row_number() over (partition by t.user_id order by greatest(t.registered_at, t.last_seen_at) desc nulls last, t.id) as place
    from (select distinct user_id from changed where invalidated_at is null) as people
    join public.device_tokens as t on t.user_id = people.user_id
    where t.invalidated_at is null
  ) as ranked
  where d.id = ranked.id and ranked.place > 20;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.link_fault(link jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO ''
AS $function$
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
  $function$;
grant execute on function scenario_push.link_fault(jsonb) to scenario_push_worker;
grant execute on function scenario_push.link_fault(jsonb) to service_role;

CREATE OR REPLACE FUNCTION scenario_push.message_faults(messages jsonb)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
  $function$;

CREATE OR REPLACE FUNCTION scenario_push.need_column(table_name text, column_name text, type text, definition text DEFAULT ''::text, labels text[] DEFAULT NULL::text[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  target regclass := to_regclass(format('public.%I', table_name));
  -- A domain is as good as what it is made of.
  present oid := (
    select coalesce(nullif(t.typbasetype, 0), t.oid)
    from pg_catalog.pg_attribute as a join pg_catalog.pg_type as t on t.oid = a.atttypid
    where a.attrelid = target and a.attname = column_name and not a.attisdropped
  );
  acceptable regtype[] := case type
    when 'text' then array['text', 'varchar']::regtype[]
    when 'integer' then array['integer', 'smallint', 'bigint']::regtype[]
    else array[type]::regtype[]
  end;
begin
  if present is null then
    execute format('alter table public.%I add column %I %s %s', table_name, column_name, type, definition);
    execute format('comment on column public.%I.%I is %L', table_name, column_name, 'scenario-push: added');
  elsif not present = any (acceptable::oid[]) and not (
    labels is not null
    and labels <@ array(select enumlabel::text from pg_catalog.pg_enum where enumtypid = present)
  ) then
    raise exception 'public.%.% has type %, expected %', table_name, column_name, format_type(present, null), type
      using errcode = 'datatype_mismatch',
            schema = 'public', table = table_name, column = column_name,
            hint = format(
              'scenario-push adopts the existing table %1$s and reads this column. Change it (alter table public.%1$s '
              || 'alter column %2$I type %3$s using ...), or rename it and migrate again: a missing column is added.',
              table_name, column_name, type);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.need_index(index_name text, table_name text, columns text[], rest text DEFAULT ''::text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if to_regclass(format('public.%I', index_name)) is not null or exists (
    select
    from pg_catalog.pg_index as i
    where i.indrelid = to_regclass(format('public.%I', table_name)) and i.indisvalid and i.indpred is null
      and columns = array(
        select a.attname::text
        from generate_series(0, cardinality(columns) - 1) as place
        join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[place]
        order by place)
  ) then
    return;
  end if;
  execute format('create index if not exists %I on public.%I (%s) %s', index_name, table_name,
    (select string_agg(quote_ident(name), ', ' order by place) from unnest(columns) with ordinality as c (name, place)), rest);
  execute format('comment on index public.%I is %L', index_name, 'scenario-push: added');
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.need_unique(table_name text, column_name text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if not exists (
    select
    from pg_catalog.pg_index as i
    join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = to_regclass(format('public.%I', table_name))
      and i.indisunique and i.indimmediate and i.indisvalid and i.indpred is null
      and i.indnkeyatts = 1 and a.attname = column_name
  ) then
    raise exception 'public.%.% is not unique, expected a primary key or a unique constraint', table_name, column_name
      using errcode = 'invalid_foreign_key',
            schema = 'public', table = table_name, column = column_name,
            hint = format('Tables of scenario-push refer to it: alter table public.%I add primary key (%I), then migrate again.',
              table_name, column_name);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.organization_in_charge()
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select c.organization_id
    from public.users u
    join public.chapters c on c.id = u.chapter_id
    where u.id = auth.uid()
      and u.status::text = 'active'
      and u.role::text = 'administrator'
  $function$;
grant execute on function scenario_push.organization_in_charge() to authenticated;

CREATE OR REPLACE FUNCTION scenario_push.organization_to_read()
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select c.organization_id
    from public.users u
    join public.chapters c on c.id = u.chapter_id
    where u.id = auth.uid()
      and u.status::text = 'active'
      and u.role::text in ('coordinator', 'administrator')
  $function$;
grant execute on function scenario_push.organization_to_read() to authenticated;

CREATE OR REPLACE FUNCTION scenario_push.parameter_fault(name text, spec jsonb, value jsonb)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION scenario_push.platforms_set_aside(project text)
 RETURNS TABLE(platform text, wait interval)
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT split_part(g.project_id, '/'::text, 2) AS split_part,
     (g.closed_until - statement_timestamp())
    FROM public.push_gates g
   WHERE ((POSITION(('/'::text) IN (g.project_id)) > 0) AND ((platforms_set_aside.project IS NULL) OR (split_part(g.project_id, '/'::text, 1) = platforms_set_aside.project)) AND (g.closed_until > statement_timestamp()));
END;
grant execute on function scenario_push.platforms_set_aside(text) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.record_rule_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  was jsonb;
  is_now jsonb;
  moved boolean := false;
begin
  if tg_op <> 'INSERT' then
    was := to_jsonb(old);
  end if;
  if tg_op <> 'DELETE' then
    is_now := to_jsonb(new);
  end if;
  if was = is_now then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    moved := (old.organization_id, old.chapter_id) is distinct from (new.organization_id, new.chapter_id);
  end if;
  insert into public.rule_changes
    (table_name, row_id, organization_id, chapter_id, scenario_type, person, email, database_role, operator, before, after)
  select
    tg_table_name,
    (line.one ->> 'id')::uuid,
    (line.one ->> 'organization_id')::uuid,
    (line.one ->> 'chapter_id')::uuid,
    line.one ->> 'scenario_type',
    who.person,
    case when who.person is not null then left(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email', 320) end,
    case current_setting('role') when 'none' then session_user else current_setting('role') end,
    case when who.person is null then left(nullif(current_setting('scenario_push.operator', true), ''), 100) end,
    line.before,
    line.after
  from (
    select coalesce(is_now, was) as one, was as before, is_now as after where not moved
    union all
    select was, was, null where moved
    union all
    select is_now, null, is_now where moved
  ) line
  cross join (select (select u.id from public.users u where u.id = auth.uid()) as person) who;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.refuse_rule(organization_id uuid, chapter_id uuid, scenario_type text, fault text, hint text)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO ''
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION scenario_push.refuse_token()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  raise exception 'device_tokens.token: expected 1 to 4096 bytes, got %', octet_length(new.token)
    using errcode = 'check_violation', schema = 'public', table = 'device_tokens', column = 'token',
          constraint = 'device_tokens_token_length';
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.release_claims_of_removed_records()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  update public.scenario_claims c
  set state = 'released', release_reason = 'record_removed', settled_at = now()
  from removed r
  where c.idempotency_key = r.idempotency_key and c.state in ('sent', 'held');
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.remove_scenario_type(scenario_type text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION scenario_push.require_meant_start(starts_on date)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO ''
AS $function$
begin
  if starts_on not between date '2000-01-01' and date '2100-12-31' then
    raise exception 'scenario rule: starts_on: expected a date from 2000-01-01 to 2100-12-31, got %',
      coalesce(nullif(to_char(starts_on, 'YYYY-MM-DD'), ''), starts_on::text)
      using errcode = 'check_violation', schema = 'public', table = 'scenario_rules', column = 'starts_on',
            constraint = 'scenario_rules_starts_on_check',
            hint = 'Leave it out for a rule that counts whenever something arose.';
  end if;
  return true;
end
$function$;
grant execute on function scenario_push.require_meant_start(date) to PUBLIC;

CREATE OR REPLACE FUNCTION scenario_push.require_sound_policy(organization_id uuid, chapter_id uuid, send_from time without time zone, send_until time without time zone, max_notifications integer, per_days integer)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO ''
AS $function$
declare
  faults text := concat_ws('; ',
    case when send_from = '24:00' then
      'send_from: expected a time from 00:00 to 23:59, got 24:00'
    end,
    case when max_notifications < 1 then
      format('max_notifications: expected an integer >= 1, or null for no cap, got %s', max_notifications)
    end,
    case when per_days not between 1 and 3650 then
      format('per_days: expected 1 to 3650 days, got %s', per_days)
    end);
begin
  if faults <> '' then
    raise exception 'delivery policy of %: %',
      case
        when chapter_id is not null then 'chapter ' || chapter_id::text
        when organization_id is not null then 'organisation ' || organization_id::text
        else 'everybody'
      end,
      faults
      using errcode = 'check_violation', schema = 'public', table = 'delivery_policies',
            constraint = 'delivery_policies_sound_check',
            hint = 'Equal times mean any hour; send_until before send_from means a window that spans midnight.';
  end if;
  return true;
end
$function$;
grant execute on function scenario_push.require_sound_policy(uuid,uuid,time without time zone,time without time zone,integer,integer) to PUBLIC;

CREATE OR REPLACE FUNCTION scenario_push.require_sound_rule(organization_id uuid, chapter_id uuid, scenario_type text, parameters jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function scenario_push.require_sound_rule(uuid,uuid,text,jsonb) to PUBLIC;

CREATE OR REPLACE FUNCTION scenario_push.require_sound_texts()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION scenario_push.scenario_declarations()
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select '{
    "milestone": {
        "parameters": {
            "thresholds": {
                "min": 1,
                "kind": "ascending",
                "default": [
                    50,
                    100,
                    200
                ],
                "maxItems": 50
            },
            "summary_max_age_hours": {
                "min": 1,
                "kind": "integer",
                "default": 48,
                "nullable": true
            }
        },
        "placeholders": [
            {
                "kind": "number",
                "name": "sessions"
            },
            {
                "kind": "number",
                "name": "year"
            }
        ]
    },
    "inactivity": {
        "parameters": {
            "inactive_days": {
                "min": 1,
                "kind": "integer",
                "default": 30
            },
            "max_reminders": {
                "min": 1,
                "kind": "integer",
                "default": 3,
                "nullable": true
            }
        },
        "placeholders": [
            {
                "kind": "number",
                "name": "days"
            }
        ]
    },
    "welcome_back": {
        "parameters": {
            "gap_days": {
                "min": 1,
                "kind": "integer",
                "default": 30
            },
            "recent_days": {
                "min": 0,
                "kind": "integer",
                "default": 7
            }
        },
        "placeholders": [
            {
                "kind": "number",
                "name": "gap"
            }
        ]
    },
    "certification_expiry": {
        "parameters": {
            "lead_days": {
                "min": 0,
                "kind": "distinct",
                "default": [
                    60,
                    30,
                    7
                ],
                "maxItems": 50
            }
        },
        "placeholders": [
            {
                "kind": "text",
                "name": "certification"
            },
            {
                "kind": "number",
                "name": "days"
            },
            {
                "kind": "date",
                "name": "date"
            },
            {
                "kind": "date",
                "name": "expires_on"
            }
        ]
    }
}'::pg_catalog.jsonb
$function$;
comment: What the registry of this build says of each scenario type. Written by add_scenario_type().

CREATE OR REPLACE FUNCTION scenario_push.scenario_type_checks()
 RETURNS TABLE(target regclass, name text, types text[])
 LANGUAGE sql
 STABLE
 SET search_path TO ''
AS $function$
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
  $function$;

CREATE OR REPLACE FUNCTION scenario_push.send_at(after timestamp with time zone, timezone text, send_from time without time zone, send_until time without time zone)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE STRICT
 SET search_path TO ''
AS $function$
declare
  -- `after`, then the first instant after each jump of the clock.
  instant timestamptz := after;
  wall timestamp;
  opens_wall timestamp;
  opens timestamptz;
  wall_to_utc interval;
  -- Seconds since 1970: the last one known to lie before the jump, the first one known to lie behind it.
  before bigint;
  behind bigint;
  middle bigint;
begin
  loop
    wall := instant at time zone timezone;
    if (
      case
        when send_from < send_until then wall::time >= send_from and wall::time < send_until
        else wall::time >= send_from or wall::time < send_until
      end
    ) then
      return nullif(instant, after);
    end if;
    opens_wall := wall::date + send_from;
    if opens_wall <= wall then
      opens_wall := opens_wall + interval '1 day';
    end if;
    -- Less than a day, so of hours alone: a day would be one of the session's timezone.
    opens := instant + (opens_wall - wall);
    if opens at time zone timezone = opens_wall then
      return opens;
    end if;

    wall_to_utc := wall - instant at time zone 'UTC';
    before := floor(extract(epoch from instant));
    behind := floor(extract(epoch from opens));
    while behind - before > 1 loop
      middle := (before + behind) / 2;
      if to_timestamp(middle) at time zone timezone - to_timestamp(middle) at time zone 'UTC' = wall_to_utc then
        before := middle;
      else
        behind := middle;
      end if;
    end loop;
    instant := to_timestamp(behind);
  end loop;
end
$function$;
grant execute on function scenario_push.send_at(timestamp with time zone,text,time without time zone,time without time zone) to scenario_push_worker;

CREATE OR REPLACE FUNCTION scenario_push.store_declarations(declarations jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  execute format(
    'create or replace function scenario_push.scenario_declarations() returns jsonb language sql immutable parallel safe as %L',
    format(e'\n  select %L::pg_catalog.jsonb\n', jsonb_pretty(declarations)));
  comment on function scenario_push.scenario_declarations() is
    'What the registry of this build says of each scenario type. Written by add_scenario_type().';
  revoke all on function scenario_push.scenario_declarations() from public;
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.table_is_missing(table_name text)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  kind "char" := (select relkind from pg_catalog.pg_class where oid = to_regclass(format('public.%I', table_name)));
begin
  if kind is not null and kind not in ('r', 'p') then
    raise exception 'public.% is not a table', table_name
      using errcode = 'wrong_object_type',
            hint = format('scenario-push needs a table public.%s. Rename what has that name, or make it a table, and migrate again.', table_name);
  end if;
  return kind is null;
end
$function$;

CREATE OR REPLACE FUNCTION scenario_push.tables_about_people()
 RETURNS TABLE(table_name text, person_column text, is_ours boolean)
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    values
      ('users', 'id', false),
      ('activities', 'user_id', false),
      ('annual_summary', 'user_id', false),
      ('certifications', 'user_id', false),
      ('device_tokens', 'user_id', false),
      ('notification_preferences', 'user_id', false),
      ('scenario_claims', 'user_id', true),
      ('logged_skips', 'user_id', true),
      ('follow_up_notification_log', 'peer_mentor_id', true),
      ('scenario_notifications', 'user_id', true)
  $function$;

CREATE OR REPLACE FUNCTION scenario_push.text_fault(words text, placeholders jsonb, in_plural boolean DEFAULT false)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO ''
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION scenario_push.timezone_of(own text, organizations text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO ''
AS $function$
    select case
      when scenario_push.is_iana_timezone(own) then own
      when scenario_push.is_timezone(organizations) then organizations
      else 'Europe/Oslo'
    end
  $function$;
grant execute on function scenario_push.timezone_of(text,text) to scenario_push_worker;

table public.access_audit (
  id uuid not null default gen_random_uuid(),
  at timestamp with time zone not null default now(),
  what text not null,
  database_role text not null,
  person uuid,
  row_count bigint not null,
  detail jsonb not null default '{}'::jsonb
);
constraint access_audit_row_count_check CHECK ((row_count >= 0));
constraint access_audit_pkey PRIMARY KEY (id);
create index access_audit_at_idx ON public.access_audit USING btree (at DESC);
enable row level security;
grant select on table public.access_audit to service_role;
comment: Who was let past row-level security by a function: when, what for, how many rows.

table public.activities (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  activity_date date not null,
  created_at timestamp with time zone not null default now()
);
constraint activities_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
constraint activities_pkey PRIMARY KEY (id);
create index activities_user_id_activity_date_idx ON public.activities USING btree (user_id, activity_date); -- scenario-push: added
enable row level security;
policy "scenario-push worker reads" as permissive for select to scenario_push_worker
  using true;
grant delete, insert, select, update on table public.activities to service_role;
grant select on column public.activities.activity_date to scenario_push_worker;
grant select on column public.activities.user_id to scenario_push_worker;
comment: scenario-push: created. Sessions of mentors.

table public.annual_summary (
  user_id uuid not null,
  year integer not null,
  session_count integer not null,
  computed_at timestamp with time zone not null default now()
);
constraint annual_summary_session_count_check CHECK ((session_count >= 0));
constraint annual_summary_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
constraint annual_summary_pkey PRIMARY KEY (user_id, year);
enable row level security;
policy "scenario-push worker reads" as permissive for select to scenario_push_worker
  using true;
grant delete, insert, select, update on table public.annual_summary to service_role;
grant select on column public.annual_summary.computed_at to scenario_push_worker;
grant select on column public.annual_summary.session_count to scenario_push_worker;
grant select on column public.annual_summary.user_id to scenario_push_worker;
grant select on column public.annual_summary.year to scenario_push_worker;
comment: scenario-push: created. Sessions of a mentor in a year, and when they were counted.

table public.certifications (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  certification_type text not null,
  expires_on date not null
);
constraint certifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
constraint certifications_pkey PRIMARY KEY (id);
create index certifications_expires_on_idx ON public.certifications USING btree (expires_on) INCLUDE (user_id); -- scenario-push: added
create index certifications_user_id_certification_type_expires_on_idx ON public.certifications USING btree (user_id, certification_type, expires_on); -- scenario-push: added
create index certifications_user_id_expires_on_id_idx ON public.certifications USING btree (user_id, expires_on, id); -- scenario-push: added
enable row level security;
policy "scenario-push worker reads" as permissive for select to scenario_push_worker
  using true;
grant delete, insert, select, update on table public.certifications to service_role;
grant select on column public.certifications.certification_type to scenario_push_worker;
grant select on column public.certifications.expires_on to scenario_push_worker;
grant select on column public.certifications.id to scenario_push_worker;
grant select on column public.certifications.user_id to scenario_push_worker;
comment: scenario-push: created. Certificates of mentors and the last day of each.

table public.chapters (
  id uuid not null default gen_random_uuid(),
  organization_id uuid not null,
  name text
);
constraint chapters_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
constraint chapters_pkey PRIMARY KEY (id);
create index chapters_organization_id_idx ON public.chapters USING btree (organization_id); -- scenario-push: added
enable row level security;
policy "scenario-push worker reads" as permissive for select to scenario_push_worker
  using true;
grant delete, insert, select, update on table public.chapters to service_role;
grant select on column public.chapters.id to scenario_push_worker;
grant select on column public.chapters.name to scenario_push_worker;
grant select on column public.chapters.organization_id to scenario_push_worker;
comment: scenario-push: created. Local groups of an organisation.

table public.delivery_attempts (
  claim_id uuid not null,
  device_id uuid not null,
  platform text not null,
  attempt integer not null,
  fence integer not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  outcome text,
  retryable boolean,
  error_code text,
  message_id text
);
constraint delivery_attempts_attempt_check CHECK ((attempt >= 1));
constraint delivery_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'rejected'::text, 'unknown'::text])));
constraint delivery_attempts_claim_id_fkey FOREIGN KEY (claim_id) REFERENCES public.scenario_claims(id) ON DELETE CASCADE;
constraint delivery_attempts_pkey PRIMARY KEY (claim_id, device_id, attempt);
enable row level security;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant insert, select on table public.delivery_attempts to scenario_push_worker;
grant select on table public.delivery_attempts to service_role;
grant update on column public.delivery_attempts.error_code to scenario_push_worker;
grant update on column public.delivery_attempts.finished_at to scenario_push_worker;
grant update on column public.delivery_attempts.message_id to scenario_push_worker;
grant update on column public.delivery_attempts.outcome to scenario_push_worker;
grant update on column public.delivery_attempts.retryable to scenario_push_worker;
comment: Requests to the push service: begun before they leave, decided by the answer.

table public.delivery_policies (
  id uuid not null default gen_random_uuid(),
  organization_id uuid,
  chapter_id uuid,
  send_from time without time zone not null default '08:00:00'::time without time zone,
  send_until time without time zone not null default '21:00:00'::time without time zone,
  max_notifications integer,
  per_days integer not null default 7
);
constraint delivery_policies_scope_check CHECK (((organization_id IS NULL) OR (chapter_id IS NULL)));
constraint delivery_policies_sound_check CHECK (scenario_push.require_sound_policy(organization_id, chapter_id, send_from, send_until, max_notifications, per_days));
constraint delivery_policies_chapter_id_fkey FOREIGN KEY (chapter_id) REFERENCES public.chapters(id) ON DELETE CASCADE;
constraint delivery_policies_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
constraint delivery_policies_pkey PRIMARY KEY (id);
constraint delivery_policies_scope_key UNIQUE NULLS NOT DISTINCT (organization_id, chapter_id);
create index delivery_policies_chapter_id_idx ON public.delivery_policies USING btree (chapter_id) WHERE (chapter_id IS NOT NULL);
CREATE TRIGGER delivery_policies_changes AFTER INSERT OR DELETE OR UPDATE ON public.delivery_policies FOR EACH ROW EXECUTE FUNCTION scenario_push.record_rule_change();
enable row level security;
policy "policies are written by those in charge" as permissive for all to authenticated
  using (chapter_id = ANY ((( SELECT scenario_push.chapters_in_charge() AS chapters_in_charge))::uuid[])) OR organization_id = (( SELECT scenario_push.organization_in_charge() AS organization_in_charge))
  with check (chapter_id = ANY ((( SELECT scenario_push.chapters_in_charge() AS chapters_in_charge))::uuid[])) OR organization_id = (( SELECT scenario_push.organization_in_charge() AS organization_in_charge));
policy "policies that count are read by those in charge" as permissive for select to authenticated
  using organization_id = (( SELECT scenario_push.organization_to_read() AS organization_to_read)) OR organization_id IS NULL AND chapter_id IS NULL AND (( SELECT scenario_push.organization_to_read() AS organization_to_read)) IS NOT NULL;
policy "rule writers write" as permissive for all to scenario_push_rule_writer
  using true
  with check true;
policy "scenario-push worker reads" as permissive for select to scenario_push_worker
  using true;
grant delete, insert, select, update on table public.delivery_policies to authenticated;
grant delete, insert, select, update on table public.delivery_policies to scenario_push_rule_writer;
grant select on table public.delivery_policies to scenario_push_worker;
grant delete, insert, select, update on table public.delivery_policies to service_role;
comment: When mentors of one chapter, one organisation, or everybody are notified, and how often at most. The most specific row alone counts.

table public.device_tokens (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  token text not null,
  platform text not null,
  registered_at timestamp with time zone not null default now(),
  last_seen_at timestamp with time zone,
  invalidated_at timestamp with time zone,
  invalidation_reason text,
  -- scenario-push: added
  token_kind text not null default 'registration_token'::text
);
constraint device_tokens_platform_check CHECK ((platform = ANY (ARRAY['android'::text, 'ios'::text, 'web'::text])));
constraint device_tokens_token_kind_check CHECK ((token_kind = ANY (ARRAY['registration_token'::text, 'installation_id'::text])));
constraint device_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
constraint device_tokens_pkey PRIMARY KEY (id);
constraint device_tokens_token_key UNIQUE (token);
create index device_tokens_in_use_idx ON public.device_tokens USING btree (user_id, GREATEST(registered_at, last_seen_at) DESC NULLS LAST, id) WHERE ((invalidated_at IS NULL) AND (octet_length(token) <= 4096)); -- scenario-push: added
create index device_tokens_installation_idx ON public.device_tokens USING hash (split_part(token, ':'::text, 1));
create index device_tokens_user_id_idx ON public.device_tokens USING btree (user_id); -- scenario-push: added
CREATE TRIGGER newest_devices_on_insert AFTER INSERT ON public.device_tokens REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION scenario_push.let_oldest_devices_give_way();
CREATE TRIGGER newest_devices_on_update AFTER UPDATE ON public.device_tokens REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION scenario_push.let_oldest_devices_give_way();
CREATE TRIGGER token_length BEFORE INSERT OR UPDATE OF token ON public.device_tokens FOR EACH ROW WHEN (((octet_length(new.token) < 1) OR (octet_length(new.token) > 4096))) EXECUTE FUNCTION scenario_push.refuse_token();
enable row level security;
policy "people see and change their own" as permissive for all to authenticated
  using user_id = (( SELECT auth.uid() AS uid))
  with check user_id = (( SELECT auth.uid() AS uid));
policy "scenario-push worker invalidates" as permissive for update to scenario_push_worker
  using true
  with check true;
policy "scenario-push worker reads" as permissive for select to scenario_push_worker
  using true;
grant delete, insert, select, update on table public.device_tokens to authenticated;
grant delete, insert, select, update on table public.device_tokens to service_role;
grant select on column public.device_tokens.id to scenario_push_worker;
grant select, update on column public.device_tokens.invalidated_at to scenario_push_worker;
grant update on column public.device_tokens.invalidation_reason to scenario_push_worker;
grant select on column public.device_tokens.last_seen_at to scenario_push_worker;
grant select on column public.device_tokens.platform to scenario_push_worker;
grant select on column public.device_tokens.registered_at to scenario_push_worker;
grant select on column public.device_tokens.token to scenario_push_worker;
grant select on column public.device_tokens.token_kind to scenario_push_worker;
grant select on column public.device_tokens.user_id to scenario_push_worker;
comment: scenario-push: created. Push tokens of mentors' devices.

table public.evaluation_batches (
  batch_key text not null,
  plan_key text not null,
  scenario_type text not null,
  as_of timestamp with time zone not null,
  range_from uuid not null,
  range_to uuid,
  workflow_id text not null,
  run_id text not null,
  evaluated_at timestamp with time zone not null,
  mentors_evaluated integer not null default 0,
  mentors_misconfigured integer not null default 0,
  candidates integer not null default 0,
  claimed integer not null default 0,
  suppressed jsonb not null default '{}'::jsonb,
  dispatch_fence integer not null default 0,
  dispatch_holder integer,
  sent integer not null default 0,
  failed integer not null default 0,
  unknown integer not null default 0,
  withdrawn integer not null default 0,
  set_aside jsonb not null default '[]'::jsonb,
  deferred integer not null default 0
);
constraint evaluation_batches_scenario_type_check CHECK ((scenario_type = ANY (ARRAY['inactivity'::text, 'milestone'::text, 'certification_expiry'::text, 'welcome_back'::text])));
constraint evaluation_batches_pkey PRIMARY KEY (batch_key);
create index evaluation_batches_deferred_idx ON public.evaluation_batches USING btree (scenario_type) WHERE (deferred > 0);
create index evaluation_batches_plan_key_idx ON public.evaluation_batches USING btree (plan_key);
create index evaluation_batches_set_aside_idx ON public.evaluation_batches USING btree (evaluated_at) WHERE (set_aside <> '[]'::jsonb);
enable row level security;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant insert, select on table public.evaluation_batches to scenario_push_worker;
grant select on table public.evaluation_batches to service_role;
grant update on column public.evaluation_batches.candidates to scenario_push_worker;
grant update on column public.evaluation_batches.claimed to scenario_push_worker;
grant update on column public.evaluation_batches.deferred to scenario_push_worker;
grant update on column public.evaluation_batches.dispatch_fence to scenario_push_worker;
grant update on column public.evaluation_batches.dispatch_holder to scenario_push_worker;
grant update on column public.evaluation_batches.failed to scenario_push_worker;
grant update on column public.evaluation_batches.mentors_evaluated to scenario_push_worker;
grant update on column public.evaluation_batches.mentors_misconfigured to scenario_push_worker;
grant update on column public.evaluation_batches.sent to scenario_push_worker;
grant update on column public.evaluation_batches.set_aside to scenario_push_worker;
grant update on column public.evaluation_batches.suppressed to scenario_push_worker;
grant update on column public.evaluation_batches.unknown to scenario_push_worker;
grant update on column public.evaluation_batches.withdrawn to scenario_push_worker;
comment: A range of mentors, evaluated once: its counts, and who may dispatch its claims.

table public.evaluation_runs (
  id uuid not null default gen_random_uuid(),
  workflow_id text not null,
  first_run_id text not null,
  scenario_type text not null,
  as_of timestamp with time zone not null,
  plan_key text not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  mentors_evaluated integer not null default 0,
  mentors_misconfigured integer not null default 0,
  candidates integer not null default 0,
  suppressed jsonb not null default '{}'::jsonb,
  claimed integer not null default 0,
  sent integer not null default 0,
  failed integer not null default 0,
  unknown integer not null default 0,
  withdrawn integer not null default 0,
  end_state text,
  deferred integer not null default 0
);
constraint evaluation_runs_end_state_check CHECK ((end_state = ANY (ARRAY['finished'::text, 'stopped'::text, 'failed'::text, 'canceled'::text, 'terminated'::text, 'timed_out'::text])));
constraint evaluation_runs_scenario_type_check CHECK ((scenario_type = ANY (ARRAY['inactivity'::text, 'milestone'::text, 'certification_expiry'::text, 'welcome_back'::text])));
constraint evaluation_runs_pkey PRIMARY KEY (id);
constraint evaluation_runs_workflow_id_first_run_id_scenario_type_key UNIQUE (workflow_id, first_run_id, scenario_type);
create index evaluation_runs_started_at_idx ON public.evaluation_runs USING btree (started_at DESC);
enable row level security;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant insert, select on table public.evaluation_runs to scenario_push_worker;
grant select on table public.evaluation_runs to service_role;
grant update on column public.evaluation_runs.candidates to scenario_push_worker;
grant update on column public.evaluation_runs.claimed to scenario_push_worker;
grant update on column public.evaluation_runs.deferred to scenario_push_worker;
grant update on column public.evaluation_runs.end_state to scenario_push_worker;
grant update on column public.evaluation_runs.failed to scenario_push_worker;
grant update on column public.evaluation_runs.finished_at to scenario_push_worker;
grant update on column public.evaluation_runs.mentors_evaluated to scenario_push_worker;
grant update on column public.evaluation_runs.mentors_misconfigured to scenario_push_worker;
grant update on column public.evaluation_runs.sent to scenario_push_worker;
grant update on column public.evaluation_runs.suppressed to scenario_push_worker;
grant update on column public.evaluation_runs.unknown to scenario_push_worker;
grant update on column public.evaluation_runs.withdrawn to scenario_push_worker;
comment: One row for each sweep and scenario type: what was asked, and what came of it.

table public.follow_up_notification_log (
  log_id uuid not null default gen_random_uuid(),
  peer_mentor_id uuid not null,
  chapter_id uuid not null,
  scenario_rule_id uuid not null,
  delivered_at timestamp with time zone not null,
  delivery_channel text not null,
  -- SHA-256 in lower-case hex of {peer_mentor_id}:{scenario_rule_id}:{date_window}
  idempotency_key text not null,
  status text not null,
  created_at timestamp with time zone default now()
);
constraint follow_up_notification_log_delivery_channel_check CHECK ((delivery_channel = ANY (ARRAY['fcm'::text, 'apns'::text])));
constraint follow_up_notification_log_status_check CHECK ((status = ANY (ARRAY['delivered'::text, 'failed'::text, 'skipped'::text])));
constraint follow_up_notification_log_chapter_id_fkey FOREIGN KEY (chapter_id) REFERENCES public.chapters(id);
constraint follow_up_notification_log_peer_mentor_id_fkey FOREIGN KEY (peer_mentor_id) REFERENCES public.users(id) ON DELETE CASCADE;
constraint follow_up_notification_log_scenario_rule_id_fkey FOREIGN KEY (scenario_rule_id) REFERENCES public.scenario_rules(id) ON DELETE CASCADE;
constraint follow_up_notification_log_pkey PRIMARY KEY (log_id);
constraint follow_up_notification_log_idempotency_key_key UNIQUE (idempotency_key);
create index follow_up_notification_log_mentor_chapter_idx ON public.follow_up_notification_log USING btree (peer_mentor_id, chapter_id);
create index follow_up_notification_log_page_idx ON public.follow_up_notification_log USING btree (chapter_id, delivered_at DESC, log_id DESC);
create index follow_up_notification_log_scenario_rule_id_idx ON public.follow_up_notification_log USING btree (scenario_rule_id);
enable row level security;
policy "the log is read by those in charge" as permissive for select to authenticated
  using chapter_id = ANY ((( SELECT scenario_push.chapters_in_charge() AS chapters_in_charge))::uuid[]);
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant select on table public.follow_up_notification_log to authenticated;
grant insert on table public.follow_up_notification_log to scenario_push_worker;
grant select on table public.follow_up_notification_log to service_role;
grant select on column public.follow_up_notification_log.chapter_id to scenario_push_worker;
grant select on column public.follow_up_notification_log.created_at to scenario_push_worker;
grant select, update on column public.follow_up_notification_log.delivered_at to scenario_push_worker;
grant select, update on column public.follow_up_notification_log.delivery_channel to scenario_push_worker;
grant select on column public.follow_up_notification_log.idempotency_key to scenario_push_worker;
grant select on column public.follow_up_notification_log.log_id to scenario_push_worker;
grant select on column public.follow_up_notification_log.peer_mentor_id to scenario_push_worker;
grant select on column public.follow_up_notification_log.scenario_rule_id to scenario_push_worker;
grant select, update on column public.follow_up_notification_log.status to scenario_push_worker;
comment: What coordinators read: each notification and its final status.

table public.logged_skips (
  user_id uuid not null,
  scenario_rule_id uuid not null,
  occurrence text not null,
  logged_at timestamp with time zone not null
);
constraint logged_skips_scenario_rule_id_fkey FOREIGN KEY (scenario_rule_id) REFERENCES public.scenario_rules(id) ON DELETE CASCADE;
constraint logged_skips_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
constraint logged_skips_pkey PRIMARY KEY (user_id, scenario_rule_id, occurrence);
create index logged_skips_scenario_rule_id_idx ON public.logged_skips USING btree (scenario_rule_id);
enable row level security;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant insert, select on table public.logged_skips to scenario_push_worker;
grant select on table public.logged_skips to service_role;
grant update on column public.logged_skips.logged_at to scenario_push_worker;
comment: When a skip was last logged for a mentor, rule and occurrence.

table public.notification_preferences (
  user_id uuid not null,
  scenario_type text not null,
  enabled boolean not null default true
);
constraint notification_preferences_scenario_type_check CHECK ((scenario_type = ANY (ARRAY['inactivity'::text, 'milestone'::text, 'certification_expiry'::text, 'welcome_back'::text])));
constraint notification_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
constraint notification_preferences_pkey PRIMARY KEY (user_id, scenario_type);
enable row level security;
policy "people see and change their own" as permissive for all to authenticated
  using user_id = (( SELECT auth.uid() AS uid))
  with check user_id = (( SELECT auth.uid() AS uid));
policy "scenario-push worker reads" as permissive for select to scenario_push_worker
  using true;
grant delete, insert, select, update on table public.notification_preferences to authenticated;
grant delete, insert, select, update on table public.notification_preferences to service_role;
grant select on column public.notification_preferences.enabled to scenario_push_worker;
grant select on column public.notification_preferences.scenario_type to scenario_push_worker;
grant select on column public.notification_preferences.user_id to scenario_push_worker;
comment: scenario-push: created. What a mentor has switched off; no row means enabled.

table public.organizations (
  id uuid not null default gen_random_uuid(),
  name text,
  timezone text not null default 'Europe/Oslo'::text
);
constraint organizations_pkey PRIMARY KEY (id);
enable row level security;
policy "scenario-push worker reads" as permissive for select to scenario_push_worker
  using true;
grant delete, insert, select, update on table public.organizations to service_role;
grant select on column public.organizations.id to scenario_push_worker;
grant select on column public.organizations.name to scenario_push_worker;
grant select on column public.organizations.timezone to scenario_push_worker;
comment: scenario-push: created. Organisations, each in one timezone.

table public.push_gates (
  project_id text not null,
  closed_until timestamp with time zone,
  reason text,
  closures integer not null default 0,
  probe_until timestamp with time zone
);
constraint push_gates_closures_check CHECK ((closures >= 0));
constraint push_gates_pkey PRIMARY KEY (project_id);
enable row level security;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant insert, select on table public.push_gates to scenario_push_worker;
grant select on table public.push_gates to service_role;
grant update on column public.push_gates.closed_until to scenario_push_worker;
grant update on column public.push_gates.closures to scenario_push_worker;
grant update on column public.push_gates.probe_until to scenario_push_worker;
grant update on column public.push_gates.reason to scenario_push_worker;
comment: Whether a project of the push service may be sent to, for all workers; a row "project/platform" sets one platform aside.

table public.push_rate_limits (
  project_id text not null,
  next_free_at timestamp with time zone not null,
  busy_since timestamp with time zone
);
constraint push_rate_limits_pkey PRIMARY KEY (project_id);
enable row level security;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant insert, select on table public.push_rate_limits to scenario_push_worker;
grant select on table public.push_rate_limits to service_role;
grant update on column public.push_rate_limits.busy_since to scenario_push_worker;
grant update on column public.push_rate_limits.next_free_at to scenario_push_worker;
comment: When the next message to a project may leave, over all workers.

table public.rule_changes (
  id uuid not null default gen_random_uuid(),
  at timestamp with time zone not null default clock_timestamp(),
  table_name text not null,
  row_id uuid not null,
  organization_id uuid,
  chapter_id uuid,
  scenario_type text,
  person uuid,
  email text,
  database_role text not null,
  operator text,
  before jsonb,
  after jsonb
);
constraint rule_changes_row_check CHECK (((before IS NOT NULL) OR (after IS NOT NULL)));
constraint rule_changes_table_name_check CHECK ((table_name = ANY (ARRAY['scenario_rules'::text, 'delivery_policies'::text])));
constraint rule_changes_person_fkey FOREIGN KEY (person) REFERENCES public.users(id) ON DELETE SET NULL;
constraint rule_changes_pkey PRIMARY KEY (id);
create index rule_changes_person_idx ON public.rule_changes USING btree (person) WHERE (person IS NOT NULL);
create index rule_changes_scope_idx ON public.rule_changes USING btree (chapter_id, organization_id, scenario_type, at DESC);
CREATE TRIGGER rule_changes_forget_email BEFORE UPDATE OF person ON public.rule_changes FOR EACH ROW EXECUTE FUNCTION scenario_push.forget_email();
enable row level security;
policy "changes are read by those who read the rule" as permissive for select to authenticated
  using (chapter_id = ANY ((( SELECT scenario_push.chapters_in_charge() AS chapters_in_charge))::uuid[])) OR organization_id = (( SELECT scenario_push.organization_to_read() AS organization_to_read)) OR organization_id IS NULL AND chapter_id IS NULL AND (( SELECT scenario_push.organization_to_read() AS organization_to_read)) IS NOT NULL;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant select on table public.rule_changes to authenticated;
grant select on table public.rule_changes to scenario_push_worker;
grant select on table public.rule_changes to service_role;
comment: Who changed which rule or delivery policy, when, and how it was before and after.

table public.scenario_claims (
  id uuid not null default gen_random_uuid(),
  batch_key text not null,
  user_id uuid not null,
  chapter_id uuid not null,
  scenario_type text not null,
  scenario_rule_id uuid,
  triggered_at timestamp with time zone not null,
  evaluation_date date not null,
  milestone_year integer,
  milestone_value integer,
  occurrence text not null default ''::text,
  cooldown_window_start timestamp with time zone not null,
  window_slot text not null default ''::text,
  idempotency_key text not null,
  date_window text not null,
  "position" integer not null default 0,
  message_values jsonb not null default '{}'::jsonb,
  on_unknown text not null,
  expires_at timestamp with time zone not null,
  state text not null default 'open'::text,
  claimed_at timestamp with time zone not null,
  dispatched_at timestamp with time zone,
  settled_at timestamp with time zone,
  release_reason text,
  next_attempt_at timestamp with time zone,
  checked_at timestamp with time zone,
  fault text,
  send_at timestamp with time zone,
  decision_note text
);
constraint scenario_claims_decision_note_check CHECK (((decision_note <> ''::text) AND (char_length(decision_note) <= 500)));
constraint scenario_claims_idempotency_key_check CHECK ((idempotency_key ~ '^[0-9a-f]{64}$'::text));
constraint scenario_claims_on_unknown_check CHECK ((on_unknown = ANY (ARRAY['resend'::text, 'hold'::text])));
constraint scenario_claims_scenario_type_check CHECK ((scenario_type = ANY (ARRAY['inactivity'::text, 'milestone'::text, 'certification_expiry'::text, 'welcome_back'::text])));
constraint scenario_claims_state_check CHECK ((state = ANY (ARRAY['open'::text, 'unknown'::text, 'sent'::text, 'held'::text, 'released'::text])));
constraint scenario_claims_batch_key_fkey FOREIGN KEY (batch_key) REFERENCES public.evaluation_batches(batch_key);
constraint scenario_claims_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
constraint scenario_claims_pkey PRIMARY KEY (id);
create index scenario_claims_batch_key_idx ON public.scenario_claims USING btree (batch_key, user_id, "position");
create index scenario_claims_decided_idx ON public.scenario_claims USING btree (settled_at) WHERE (decision_note IS NOT NULL);
create index scenario_claims_fault_idx ON public.scenario_claims USING btree (batch_key) WHERE (fault IS NOT NULL);
create index scenario_claims_held_idx ON public.scenario_claims USING btree (settled_at) WHERE (state = 'held'::text);
create unique index scenario_claims_idempotency_key_key ON public.scenario_claims USING btree (idempotency_key) WHERE (state <> 'released'::text);
create index scenario_claims_in_flight_idx ON public.scenario_claims USING btree (user_id, scenario_type) WHERE (state = ANY (ARRAY['open'::text, 'unknown'::text]));
create unique index scenario_claims_occurrence_key ON public.scenario_claims USING btree (user_id, scenario_type, occurrence) WHERE ((state <> 'released'::text) AND (occurrence <> ''::text));
create index scenario_claims_released_idx ON public.scenario_claims USING btree (batch_key) WHERE (state = 'released'::text);
create index scenario_claims_waiting_idx ON public.scenario_claims USING btree (COALESCE(send_at, claimed_at)) WHERE (state = ANY (ARRAY['open'::text, 'unknown'::text]));
create unique index scenario_claims_window_key ON public.scenario_claims USING btree (user_id, scenario_type, cooldown_window_start, window_slot, (
CASE
    WHEN (state = 'released'::text) THEN id
    ELSE NULL::uuid
END)) NULLS NOT DISTINCT;
enable row level security;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant insert, select on table public.scenario_claims to scenario_push_worker;
grant select on table public.scenario_claims to service_role;
grant update on column public.scenario_claims.checked_at to scenario_push_worker;
grant update on column public.scenario_claims.decision_note to scenario_push_worker;
grant update on column public.scenario_claims.dispatched_at to scenario_push_worker;
grant update on column public.scenario_claims.expires_at to scenario_push_worker;
grant update on column public.scenario_claims.fault to scenario_push_worker;
grant update on column public.scenario_claims.message_values to scenario_push_worker;
grant update on column public.scenario_claims.next_attempt_at to scenario_push_worker;
grant update on column public.scenario_claims.release_reason to scenario_push_worker;
grant update on column public.scenario_claims.send_at to scenario_push_worker;
grant update on column public.scenario_claims.settled_at to scenario_push_worker;
grant update on column public.scenario_claims.state to scenario_push_worker;
comment: The exclusive right to dispatch one notification; live until it is released.

table public.scenario_notifications (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  scenario_type text not null,
  scenario_rule_id uuid,
  triggered_at timestamp with time zone not null,
  dispatched_at timestamp with time zone not null,
  cooldown_from timestamp with time zone not null generated always as (
CASE
    WHEN ((dispatched_at - triggered_at) <= '02:00:00'::interval) THEN triggered_at
    ELSE dispatched_at
END) stored,
  evaluation_date date not null,
  milestone_year integer,
  milestone_value integer,
  occurrence text not null default ''::text,
  cooldown_window_start timestamp with time zone not null,
  window_slot text not null default ''::text,
  delivery_status text not null,
  idempotency_key text not null,
  created_at timestamp with time zone not null default now()
);
constraint scenario_notifications_delivery_status_check CHECK ((delivery_status = ANY (ARRAY['sent'::text, 'unknown'::text])));
constraint scenario_notifications_scenario_type_check CHECK ((scenario_type = ANY (ARRAY['inactivity'::text, 'milestone'::text, 'certification_expiry'::text, 'welcome_back'::text])));
constraint scenario_notifications_scenario_rule_id_fkey FOREIGN KEY (scenario_rule_id) REFERENCES public.scenario_rules(id) ON DELETE SET NULL;
constraint scenario_notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
constraint scenario_notifications_pkey PRIMARY KEY (id);
constraint scenario_notifications_idempotency_key_key UNIQUE (idempotency_key);
constraint scenario_notifications_window_key UNIQUE (user_id, scenario_type, cooldown_window_start, window_slot);
create index scenario_notifications_cooldown_idx ON public.scenario_notifications USING btree (user_id, scenario_type, cooldown_from DESC) INCLUDE (evaluation_date);
create unique index scenario_notifications_occurrence_key ON public.scenario_notifications USING btree (user_id, scenario_type, occurrence) WHERE (occurrence <> ''::text);
create index scenario_notifications_scenario_rule_id_idx ON public.scenario_notifications USING btree (scenario_rule_id) WHERE (scenario_rule_id IS NOT NULL);
create index scenario_notifications_sent_idx ON public.scenario_notifications USING btree (user_id, scenario_type) WHERE (delivery_status = 'sent'::text);
CREATE TRIGGER release_claims AFTER DELETE ON public.scenario_notifications REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION scenario_push.release_claims_of_removed_records();
enable row level security;
policy "people read their own records" as permissive for select to authenticated
  using user_id = (( SELECT auth.uid() AS uid));
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant select on table public.scenario_notifications to authenticated;
grant delete, insert, select on table public.scenario_notifications to scenario_push_worker;
grant select on table public.scenario_notifications to service_role;
grant update on column public.scenario_notifications.delivery_status to scenario_push_worker;
comment: Notifications that reached, or may have reached, the push service.

table public.scenario_rules (
  id uuid not null default gen_random_uuid(),
  organization_id uuid,
  chapter_id uuid,
  scenario_type text not null,
  enabled boolean not null default true,
  cooldown_minutes integer not null,
  on_unknown text not null default 'resend'::text,
  parameters jsonb not null default '{}'::jsonb,
  starts_on date
);
constraint scenario_rules_cooldown_minutes_check CHECK ((cooldown_minutes >= 0));
constraint scenario_rules_on_unknown_check CHECK ((on_unknown = ANY (ARRAY['resend'::text, 'hold'::text])));
constraint scenario_rules_parameters_check CHECK (scenario_push.require_sound_rule(organization_id, chapter_id, scenario_type, parameters));
constraint scenario_rules_scenario_type_check CHECK ((scenario_type = ANY (ARRAY['inactivity'::text, 'milestone'::text, 'certification_expiry'::text, 'welcome_back'::text])));
constraint scenario_rules_scope_check CHECK (((organization_id IS NULL) OR (chapter_id IS NULL)));
constraint scenario_rules_starts_on_check CHECK (scenario_push.require_meant_start(starts_on));
constraint scenario_rules_chapter_id_fkey FOREIGN KEY (chapter_id) REFERENCES public.chapters(id) ON DELETE CASCADE;
constraint scenario_rules_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
constraint scenario_rules_pkey PRIMARY KEY (id);
constraint scenario_rules_scope_key UNIQUE NULLS NOT DISTINCT (organization_id, chapter_id, scenario_type);
create index scenario_rules_chapter_id_idx ON public.scenario_rules USING btree (chapter_id) WHERE (chapter_id IS NOT NULL);
CREATE TRIGGER scenario_rules_changes AFTER INSERT OR DELETE OR UPDATE ON public.scenario_rules FOR EACH ROW EXECUTE FUNCTION scenario_push.record_rule_change();
CREATE TRIGGER scenario_rules_sound_texts BEFORE INSERT OR UPDATE OF scenario_type, parameters ON public.scenario_rules FOR EACH ROW EXECUTE FUNCTION scenario_push.require_sound_texts();
enable row level security;
policy "rule writers write" as permissive for all to scenario_push_rule_writer
  using true
  with check true;
policy "rules are written by those in charge" as permissive for all to authenticated
  using (chapter_id = ANY ((( SELECT scenario_push.chapters_in_charge() AS chapters_in_charge))::uuid[])) OR organization_id = (( SELECT scenario_push.organization_in_charge() AS organization_in_charge))
  with check (chapter_id = ANY ((( SELECT scenario_push.chapters_in_charge() AS chapters_in_charge))::uuid[])) OR organization_id = (( SELECT scenario_push.organization_in_charge() AS organization_in_charge));
policy "rules that count are read by those in charge" as permissive for select to authenticated
  using organization_id = (( SELECT scenario_push.organization_to_read() AS organization_to_read)) OR organization_id IS NULL AND chapter_id IS NULL AND (( SELECT scenario_push.organization_to_read() AS organization_to_read)) IS NOT NULL;
policy "scenario-push worker reads" as permissive for select to scenario_push_worker
  using true;
grant delete, insert, select, update on table public.scenario_rules to authenticated;
grant delete, insert, select, update on table public.scenario_rules to scenario_push_rule_writer;
grant select on table public.scenario_rules to scenario_push_worker;
grant delete, insert, select, update on table public.scenario_rules to service_role;
comment: How one scenario type applies to one chapter, one organisation, or everybody. The most specific row alone counts.

table public.sending_halts (
  id uuid not null default gen_random_uuid(),
  note text not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone
);
constraint sending_halts_check CHECK ((ended_at >= started_at));
constraint sending_halts_note_check CHECK (((length(btrim(note)) >= 1) AND (length(btrim(note)) <= 500)));
constraint sending_halts_pkey PRIMARY KEY (id);
create unique index sending_halts_in_force_key ON public.sending_halts USING btree ((true)) WHERE (ended_at IS NULL);
enable row level security;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant insert, select on table public.sending_halts to scenario_push_worker;
grant select on table public.sending_halts to service_role;
grant update on column public.sending_halts.ended_at to scenario_push_worker;
comment: When operators stopped all sending, and why.

table public.sweep_brakes (
  plan_key text not null,
  scenario_type text not null,
  state text not null,
  batches integer not null,
  mentors integer not null,
  allowance integer,
  factor double precision not null,
  minimum integer not null,
  planned_at timestamp with time zone not null,
  expected integer,
  usual integer,
  sweeps integer,
  braked_at timestamp with time zone,
  answered_at timestamp with time zone
);
constraint sweep_brakes_allowance_check CHECK ((allowance >= 0));
constraint sweep_brakes_batches_check CHECK ((batches >= 1));
constraint sweep_brakes_factor_check CHECK ((factor >= (1)::double precision));
constraint sweep_brakes_mentors_check CHECK ((mentors >= 0));
constraint sweep_brakes_minimum_check CHECK ((minimum >= 0));
constraint sweep_brakes_state_check CHECK ((state = ANY (ARRAY['undecided'::text, 'clear'::text, 'braked'::text, 'released'::text, 'withdrawn'::text])));
constraint sweep_brakes_pkey PRIMARY KEY (plan_key, scenario_type);
enable row level security;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant insert, select on table public.sweep_brakes to scenario_push_worker;
grant select on table public.sweep_brakes to service_role;
grant update on column public.sweep_brakes.answered_at to scenario_push_worker;
grant update on column public.sweep_brakes.braked_at to scenario_push_worker;
grant update on column public.sweep_brakes.expected to scenario_push_worker;
grant update on column public.sweep_brakes.state to scenario_push_worker;
grant update on column public.sweep_brakes.sweeps to scenario_push_worker;
grant update on column public.sweep_brakes.usual to scenario_push_worker;
comment: Whether what a sweep has claimed of a scenario type may leave.

table public.sweep_budgets (
  sweep_key text not null,
  allowance integer not null,
  remaining integer not null,
  created_at timestamp with time zone not null default now()
);
constraint sweep_budgets_allowance_check CHECK ((allowance >= 0));
constraint sweep_budgets_check CHECK ((remaining <= allowance));
constraint sweep_budgets_remaining_check CHECK ((remaining >= 0));
constraint sweep_budgets_pkey PRIMARY KEY (sweep_key);
enable row level security;
policy worker as permissive for all to scenario_push_worker
  using true
  with check true;
grant insert, select on table public.sweep_budgets to scenario_push_worker;
grant select on table public.sweep_budgets to service_role;
grant update on column public.sweep_budgets.remaining to scenario_push_worker;
comment: How many more notifications a sweep with a limit may send.

table public.users (
  id uuid not null default gen_random_uuid(),
  chapter_id uuid,
  role text not null,
  status text not null default 'active'::text,
  locale text default 'nb'::text,
  created_at timestamp with time zone not null default now(),
  -- scenario-push: added
  timezone text
);
constraint users_role_check CHECK ((role = ANY (ARRAY['peer_mentor'::text, 'coordinator'::text, 'administrator'::text])));
constraint users_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text])));
constraint users_chapter_id_fkey FOREIGN KEY (chapter_id) REFERENCES public.chapters(id);
constraint users_pkey PRIMARY KEY (id);
create index users_chapter_id_idx ON public.users USING btree (chapter_id); -- scenario-push: added
enable row level security;
policy "scenario-push worker reads" as permissive for select to scenario_push_worker
  using true;
grant delete, insert, select, update on table public.users to service_role;
grant select on column public.users.chapter_id to scenario_push_worker;
grant select on column public.users.created_at to scenario_push_worker;
grant select on column public.users.id to scenario_push_worker;
grant select on column public.users.locale to scenario_push_worker;
grant select on column public.users.role to scenario_push_worker;
grant select on column public.users.status to scenario_push_worker;
grant select on column public.users.timezone to scenario_push_worker;
comment: scenario-push: created. Mentors, coordinators and administrators.

view public.chapter_log as
 SELECT found.log_id,
    l.peer_mentor_id,
    found.chapter_id,
    l.scenario_rule_id,
    ( SELECT r.scenario_type
           FROM public.scenario_rules r
          WHERE r.id = l.scenario_rule_id) AS scenario_type,
    found.delivered_at,
    l.delivery_channel,
    l.status,
        CASE l.status
            WHEN 'skipped'::text THEN 'no_device_token'::text
            WHEN 'failed'::text THEN scenario_push.failure_reason(l.peer_mentor_id, l.scenario_rule_id, l.idempotency_key)
            ELSE NULL::text
        END AS reason,
    l.idempotency_key,
    l.created_at
   FROM (( SELECT follow_up_notification_log.chapter_id,
            follow_up_notification_log.delivered_at,
            follow_up_notification_log.log_id
           FROM public.follow_up_notification_log
          WHERE follow_up_notification_log.chapter_id = (( SELECT scenario_push.chapter_in_charge() AS chapter_in_charge))
          ORDER BY follow_up_notification_log.delivered_at DESC, follow_up_notification_log.log_id DESC)
        UNION ALL
        ( SELECT follow_up_notification_log.chapter_id,
            follow_up_notification_log.delivered_at,
            follow_up_notification_log.log_id
           FROM public.follow_up_notification_log
          WHERE (( SELECT scenario_push.chapter_in_charge() AS chapter_in_charge)) IS NULL
          ORDER BY follow_up_notification_log.delivered_at DESC, follow_up_notification_log.log_id DESC)) found
     JOIN public.follow_up_notification_log l ON l.log_id = found.log_id;
options: security_invoker=true
grant select on public.chapter_log to authenticated;
grant select on public.chapter_log to scenario_push_worker;
grant select on public.chapter_log to service_role;

view public.rules_in_force as
 SELECT c.chapter_id,
    t.scenario_type,
    r.id AS scenario_rule_id,
        CASE
            WHEN r.chapter_id IS NOT NULL THEN 'chapter'::text
            WHEN r.organization_id IS NOT NULL THEN 'organization'::text
            ELSE 'default'::text
        END AS scope,
    r.enabled,
    r.cooldown_minutes,
    r.on_unknown,
    r.starts_on,
    r.parameters
   FROM scenario_push.chapters_to_read(NOT row_security_active('public.scenario_rules'::regclass::oid) OR pg_has_role(CURRENT_USER, 'scenario_push_worker'::name, 'usage'::text)) c(chapter_id, organization_id)
     CROSS JOIN ( SELECT DISTINCT scenario_rules.scenario_type
           FROM public.scenario_rules) t
     LEFT JOIN public.scenario_rules own ON own.chapter_id = c.chapter_id AND own.scenario_type = t.scenario_type
     LEFT JOIN public.scenario_rules shared ON shared.organization_id = c.organization_id AND shared.scenario_type = t.scenario_type
     LEFT JOIN public.scenario_rules common ON common.organization_id IS NULL AND common.chapter_id IS NULL AND common.scenario_type = t.scenario_type
     JOIN public.scenario_rules r ON r.id = COALESCE(own.id, shared.id, common.id);
options: security_invoker=true
grant select on public.rules_in_force to authenticated;
grant select on public.rules_in_force to scenario_push_worker;
grant select on public.rules_in_force to service_role;
