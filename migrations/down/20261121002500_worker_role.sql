-- Takes every right of this database from the worker's role, and drops the role where the migration made it and no other
-- database of the cluster uses it. A login that was a member stays, and may nothing any more.
drop function if exists scenario_push.keep_rules(uuid[]);
drop function if exists scenario_push.keep_chapters(uuid[]);

do $$
declare
  of_table text;
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'scenario_push_worker') then
    return;
  end if;
  for of_table in
    select c.oid::regclass::text
    from pg_catalog.pg_class as c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and (
        exists (select from aclexplode(c.relacl) where grantee = 'scenario_push_worker'::regrole)
        or exists (
          select
          from pg_catalog.pg_attribute as a cross join lateral aclexplode(a.attacl) as granted
          where a.attrelid = c.oid and a.attacl is not null and granted.grantee = 'scenario_push_worker'::regrole
        )
      )
  loop
    -- Rights to columns go with those to the table.
    execute format('revoke all on table %s from scenario_push_worker', of_table);
  end loop;
  if to_regnamespace('scenario_push') is not null then
    revoke all on all functions in schema scenario_push from scenario_push_worker;
    revoke all on schema scenario_push from scenario_push_worker;
  end if;
  revoke all on schema public from scenario_push_worker;

  if shobj_description('scenario_push_worker'::regrole, 'pg_authid') = 'scenario-push: created' then
    begin
      drop role scenario_push_worker;
    exception
      when dependent_objects_still_exist or object_in_use then
        raise notice 'role scenario_push_worker stays: this or another database uses it';
      when undefined_object or insufficient_privilege then
        null;
    end;
  end if;
end
$$;
