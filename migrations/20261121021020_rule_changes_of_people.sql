-- As before, and knows rule_changes: an export has the lines that a person wrote, and an erasure takes them out of these.

-- {"users": [{...}], "activities": [...], ...}: a key for each table. Of the organisation's tables the columns that the worker
-- may read, so that nothing leaves through here that it could not see; of the service's all.
create or replace function scenario_push.export_person(person uuid)
  returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  as $$
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
  $$;

-- {"scenario_claims": 3, ...}: how many rows went, of each table of the service's. A person's id in the audit is taken out; the
-- line itself says of others that they looked.
create or replace function scenario_push.erase_person(person uuid)
  returns jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
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
  $$;
