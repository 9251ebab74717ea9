-- Of the indexes that migrations make, those whose table is there and has none like it.
-- in   wanted jsonb, an array of { name, table, columns } (columns: an index that begins with them does; none: only the name)
-- out  name, broken boolean (left invalid by a "create index concurrently" that failed), in the order of `wanted`
select w.name, found.oid is not null as broken
from rows from (jsonb_to_recordset(:'wanted'::jsonb) as (name text, "table" text, columns text[])) with ordinality
  as w (name, "table", columns, place)
join pg_catalog.pg_class as t on t.oid = to_regclass(format('public.%I', w."table")) and t.relkind in ('r', 'p')
left join pg_catalog.pg_class as found on found.oid = to_regclass(format('public.%I', w.name))
left join pg_catalog.pg_index as own on own.indexrelid = found.oid
where (found.oid is null or not own.indisvalid)
  and not exists (
    select
    from pg_catalog.pg_index as i
    where i.indrelid = t.oid and i.indisvalid and i.indpred is null
      and w.columns = array(
        select a.attname::text
        from generate_series(0, cardinality(w.columns) - 1) as place
        join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[place]
        order by place)
  )
order by w.place
