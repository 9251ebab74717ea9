import type pg from 'pg';
import { EXPECTED, WORKER_COLUMNS } from './expected.ts';
import { VIEWERS, type Viewer, type ViewerName } from './viewers.ts';

/** `role privilege table(columns)`, one line for each right that somebody beside the owner has to a table or its columns. */
export async function actualGrants(client: pg.Pool | pg.PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(`
    with ours as (
      select c.oid, case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname as name, c.relowner, c.relacl
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'scenario_push') and c.relkind in ('r', 'p', 'v')
    ),
    granted as (
      select o.name, g.grantee, lower(g.privilege_type) as privilege, null::text as columns
      from ours o cross join lateral aclexplode(o.relacl) g where g.grantee <> o.relowner
      union all
      select o.name, g.grantee, lower(g.privilege_type), '(' || string_agg(a.attname, ' ' order by a.attname collate "C") || ')'
      from ours o join pg_attribute a on a.attrelid = o.oid and a.attacl is not null
      cross join lateral aclexplode(a.attacl) g where g.grantee <> o.relowner
      group by 1, 2, 3
    )
    select concat(case grantee when 0 then 'PUBLIC' else pg_get_userbyid(grantee)::text end, ' ', privilege, ' ', name, columns) as line
    from granted`);
  return rows.map((row) => row.line).sort();
}

/** What follows from the expected matrix: a role has a privilege where one of its viewers is not refused outright. */
export function expectedGrants(): string[] {
  const lines = new Set<string>();
  for (const [table, rights] of Object.entries(EXPECTED)) {
    for (const [viewer, line] of Object.entries(rights) as [ViewerName, string][]) {
      const { role }: Viewer = VIEWERS[viewer];
      for (const [n, privilege] of (['select', 'insert', 'update', 'delete'] as const).entries()) {
        if (line.trim().split(/\s+/)[n] === '-') continue;
        const narrow =
          privilege === 'select' || privilege === 'update' ? WORKER_COLUMNS[table]?.[privilege] : undefined;
        const columns = viewer === 'worker' && narrow ? `(${narrow.split(' ').sort().join(' ')})` : '';
        lines.add(`${role} ${privilege} ${table}${columns}`);
      }
    }
  }
  return [...lines].sort();
}

/** Function and who may call it; `PUBLIC` is everybody, and then nobody is named beside. (pg_monitor: a role that is nobody here.) */
export async function actualFunctions(client: pg.Pool | pg.PoolClient): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string; callers: string }>(`
    select n.nspname || '.' || p.proname || '(' || array_to_string(array(
        select format_type(t, null) from unnest(p.proargtypes) with ordinality as a (t, n) order by n), ',') || ')' as name,
      coalesce((
        select string_agg(case grantee when 0 then 'PUBLIC' else pg_get_userbyid(grantee)::text end, ' ' order by 1)
        from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))
        where grantee = 0 or (grantee <> p.proowner and not has_function_privilege('pg_monitor', p.oid, 'execute'))
      ), '') as callers
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('public', 'scenario_push')`);
  return Object.fromEntries(rows.map((row) => [row.name, row.callers]));
}
