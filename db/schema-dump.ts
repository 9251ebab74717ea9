import type { Pool } from 'pg';

/**
 * What the schema is, as readable SQL-like text from the catalog: the same for the same schema whatever the order in
 * which it came about. (There is no pg_dump on a clean machine, and its output changes with its version.)
 *
 * Schemas public, scenario_push and auth: tables, columns, constraints, indexes, functions, triggers, row-level
 * security with its policies, comments, and what anon, authenticated, service_role, PUBLIC and other roles but the
 * owner may do. Not: data, owners, Kysely's history.
 */
export async function dumpSchema(pool: Pool): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query('begin read only');
    // Names in constraints and defaults are written with their schema only where the path does not find them.
    await client.query(`set local search_path = ''`);
    const parts: string[] = [];
    for (const query of [schemas, types, functions, tables, views]) {
      const { rows } = await client.query<{ text: string }>(query);
      parts.push(...rows.map((row) => row.text));
    }
    await client.query('commit');
    return `-- Built from the catalog by "npm run schema"; not a script to run.\n\n${parts.join('\n\n')}\n`;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

const ours = `('public', 'scenario_push', 'auth')`;
/** Kysely's own tables, and what belongs to an extension. */
const notOurs = (oid: string, name: string, catalog: string): string => `
  ${name} not like 'kysely\\_migration%'
  and not exists (select from pg_depend as d where d.objid = ${oid} and d.classid = '${catalog}'::regclass and d.deptype = 'e')`;

/** `grant select, update to reader;` lines of an access list; the owner's own rights go without saying. */
const grants = (acl: string, owner: string, object: string): string => `
  (select string_agg(format(e'\\ngrant %s on %s to %s;', privileges, ${object}, grantee), '' order by grantee)
   from (
     select case grantee when 0 then 'PUBLIC' else pg_get_userbyid(grantee)::text end collate "C" as grantee,
       lower(string_agg(privilege_type || case when is_grantable then ' with grant option' else '' end, ', '
         order by privilege_type collate "C")) as privileges
     from aclexplode(${acl})
     where grantee <> ${owner}
     group by 1
   ) as granted)`;

const schemas = `
  select 'schema ' || quote_ident(n.nspname) || ';'
    || coalesce(${grants(`coalesce(n.nspacl, acldefault('n', n.nspowner))`, 'n.nspowner', `'schema ' || n.nspname`)}, '')
    || coalesce(e'\\ncomment: ' || obj_description(n.oid, 'pg_namespace'), '') as text
  from pg_namespace as n
  where n.nspname in ${ours}
  order by n.nspname collate "C"`;

const types = `
  select format('type %I.%I as enum (%s);', n.nspname, t.typname,
    (select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid)) as text
  from pg_type as t join pg_namespace as n on n.oid = t.typnamespace
  where n.nspname in ${ours} and t.typtype = 'e' and ${notOurs('t.oid', 't.typname', 'pg_type')}
  order by n.nspname collate "C", t.typname collate "C"`;

const functions = `
  select trim(trailing e'\\n' from pg_get_functiondef(p.oid)) || ';'
    || coalesce(${grants(`coalesce(p.proacl, acldefault('f', p.proowner))`, 'p.proowner', `'function ' || p.oid::regprocedure`)}, '')
    || coalesce(e'\\ncomment: ' || obj_description(p.oid, 'pg_proc'), '') as text
  from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
  where n.nspname in ${ours} and p.prokind in ('f', 'p') and ${notOurs('p.oid', 'p.proname', 'pg_proc')}
  order by n.nspname collate "C", p.proname collate "C", pg_get_function_identity_arguments(p.oid) collate "C"`;

const views = `
  select format(e'%s %I.%I as\\n%s', case c.relkind when 'v' then 'view' else 'materialized view' end, n.nspname, c.relname,
      pg_get_viewdef(c.oid, true))
    || coalesce(e'\\noptions: ' || array_to_string(c.reloptions, ', '), '')
    || coalesce(${grants(`coalesce(c.relacl, acldefault('r', c.relowner))`, 'c.relowner', 'c.oid::regclass')}, '') as text
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname in ${ours} and c.relkind in ('v', 'm') and ${notOurs('c.oid', 'c.relname', 'pg_class')}
  order by n.nspname collate "C", c.relname collate "C"`;

/** Columns in the table's order: that is how people read them. */
const tables = `
  select format(e'table %I.%I (\\n%s\\n);', n.nspname, c.relname, (
      select string_agg(
        coalesce('  -- ' || col_description(c.oid, a.attnum) || e'\\n', '')
        || format('  %I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
          case when a.attnotnull then ' not null' else '' end,
          case when d.adbin is null then ''
            when a.attgenerated <> '' then format(' generated always as (%s) stored', pg_get_expr(d.adbin, d.adrelid))
            else ' default ' || pg_get_expr(d.adbin, d.adrelid) end)
        || case when a.attidentity <> '' then ' generated as identity' else '' end, e',\\n' order by a.attnum)
      from pg_attribute as a left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped))
    || coalesce((
      select string_agg(format(e'\\nconstraint %I %s;', conname, pg_get_constraintdef(oid)), '' order by contype, conname collate "C")
      -- Not null stands with its column; PostgreSQL 18 also lists it here.
      from pg_constraint where conrelid = c.oid and contype not in ('n', 't')), '')
    || coalesce((
      select string_agg(e'\\n' || replace(replace(pg_get_indexdef(indexrelid), 'CREATE UNIQUE INDEX', 'create unique index'), 'CREATE INDEX', 'create index') || ';'
        || coalesce(' -- ' || obj_description(indexrelid, 'pg_class'), ''), ''
        order by indexrelid::regclass::text collate "C")
      from pg_index where indrelid = c.oid and not exists (
        select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))), '')
    || coalesce((
      select string_agg(e'\\n' || pg_get_triggerdef(oid) || ';', '' order by tgname collate "C")
      from pg_trigger where tgrelid = c.oid and not tgisinternal), '')
    || case when c.relrowsecurity then e'\\nenable row level security;' else e'\\nno row level security;' end
    || case when c.relforcerowsecurity then e'\\nforce row level security;' else '' end
    || coalesce((
      select string_agg(format(e'\\npolicy %I as %s for %s to %s%s%s;', p.polname,
        case when p.polpermissive then 'permissive' else 'restrictive' end,
        case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
        (select string_agg(case role when 0 then 'PUBLIC' else pg_get_userbyid(role)::text end, ', '
          order by pg_get_userbyid(role)::text collate "C") from unnest(p.polroles) as role),
        coalesce(e'\\n  using ' || pg_get_expr(p.polqual, p.polrelid, true), ''),
        coalesce(e'\\n  with check ' || pg_get_expr(p.polwithcheck, p.polrelid, true), '')), '' order by p.polname collate "C")
      from pg_policy as p where p.polrelid = c.oid), '')
    || coalesce(${grants(`coalesce(c.relacl, acldefault('r', c.relowner))`, 'c.relowner', `'table ' || c.oid::regclass`)}, '')
    || coalesce((
      select string_agg(line, '' order by a.attname collate "C")
      from pg_attribute as a, lateral (
        select ${grants('a.attacl', 'c.relowner', `'column ' || c.oid::regclass || '.' || quote_ident(a.attname)`)}) as l (line)
      where a.attrelid = c.oid and a.attacl is not null and not a.attisdropped), '')
    || coalesce(e'\\ncomment: ' || obj_description(c.oid, 'pg_class'), '') as text
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname in ${ours} and c.relkind in ('r', 'p') and ${notOurs('c.oid', 'c.relname', 'pg_class')}
  order by n.nspname collate "C", c.relname collate "C"`;
