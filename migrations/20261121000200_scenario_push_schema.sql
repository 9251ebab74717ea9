-- Schema scenario_push: how the migrations create or adopt the organisation's tables, and what has been applied.
-- It is not public, so no API exposes it; Kysely keeps its history of migrations here too.
--
-- A table that the service created says so in its comment, and so does a column or an index that it added to an
-- adopted table. A comment goes with the object through dump and restore and disappears with it; where somebody has
-- replaced it, the down script leaves the object alone, which is the safe side.

create schema if not exists scenario_push;
revoke all on schema scenario_push from public;

-- True while the service may create the table. A view of that name cannot be adopted: nothing could refer to it.
create or replace function scenario_push.table_is_missing(table_name text) returns boolean
  language plpgsql
  set search_path = ''
  as $$
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
$$;

create or replace function scenario_push.is_created(table_name text) returns boolean
  language sql
  stable
  set search_path = ''
  as $$
    select coalesce(
      obj_description(to_regclass(format('public.%I', table_name)), 'pg_class') like 'scenario-push: created%', false)
  $$;

-- Called right after CREATE TABLE: marks it and takes away what default privileges may have given.
create or replace function scenario_push.created(table_name text, about text) returns void
  language plpgsql
  set search_path = ''
  as $$
begin
  execute format('comment on table public.%I is %L', table_name, 'scenario-push: created. ' || about);
  execute format('revoke all on table public.%I from public, anon, authenticated', table_name);
end
$$;

-- The column is there with a type the service can read, or is added as `type definition` (say, text default 'nb').
-- `labels`: what an enum must know at least to stand in for text.
create or replace function scenario_push.need_column(
  table_name text, column_name text, type text, definition text default '', labels text[] default null
) returns void
  language plpgsql
  set search_path = ''
  as $$
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
$$;

-- The service's tables refer to this column, so it must be unique on its own.
create or replace function scenario_push.need_unique(table_name text, column_name text) returns void
  language plpgsql
  set search_path = ''
  as $$
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
$$;

-- An index that begins with these columns is there, or is made. `rest` is what follows them: include, where.
-- Making it holds up writes: on a large adopted table `create index concurrently` beforehand, and it is left at that.
create or replace function scenario_push.need_index(
  index_name text, table_name text, columns text[], rest text default ''
) returns void
  language plpgsql
  set search_path = ''
  as $$
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
$$;

-- The down side of all the above: a created table goes, an adopted one loses what was added to it.
create or replace function scenario_push.give_back(table_name text) returns void
  language plpgsql
  set search_path = ''
  as $$
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
$$;

-- Versions (YYYYMMDDHHMMSS) that `scenario-push migrate` or `supabase db push` has applied here.
-- Security definer, so that the worker's role can check the schema without reading either history.
create or replace function scenario_push.applied_versions() returns table (version text, applied_by text)
  language plpgsql
  stable
  security definer
  set search_path = ''
  as $$
begin
  if to_regclass('scenario_push.kysely_migration') is not null then
    return query select split_part(m.name::text, '_', 1), 'scenario-push' from scenario_push.kysely_migration as m;
  end if;
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    return query select m.version::text, 'supabase' from supabase_migrations.schema_migrations as m;
  end if;
end
$$;
-- Everything here is for the role that migrates; others are let in one function at a time.
revoke all on all functions in schema scenario_push from public;
