-- Drops the worker's policies, and takes from service_role what the migration gave it.
do $$
declare
  each record;
begin
  for each in
    select polname as policy, polrelid::regclass as of_table from pg_catalog.pg_policy
    where polname in ('worker', 'scenario-push worker reads', 'scenario-push worker invalidates')
      and array['scenario_push_worker'] = array(select rolname::text from pg_catalog.pg_roles where oid = any (polroles))
  loop
    execute format('drop policy %I on %s', each.policy, each.of_table);
    if each.policy = 'worker' then
      execute format('revoke select on table %s from service_role', each.of_table);
    end if;
  end loop;
end
$$;
drop function if exists scenario_push.close_table(text);
