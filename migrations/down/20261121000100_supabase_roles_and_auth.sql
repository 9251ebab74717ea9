-- Drops of auth.uid(), the schema auth and the three roles what the migration made, and only where nothing needs it:
-- a role that another database of the cluster still uses stays, and so does a schema that others have filled since.
do $$
declare
  candidate text;
begin
  if obj_description(to_regprocedure('auth.uid()'), 'pg_proc') = 'scenario-push: created' then
    begin
      drop function auth.uid();
    exception when dependent_objects_still_exist then
      raise notice 'auth.uid() stays: something else uses it';
    end;
  end if;

  if obj_description(to_regnamespace('auth'), 'pg_namespace') = 'scenario-push: created' then
    begin
      drop schema auth;
    exception when dependent_objects_still_exist then
      raise notice 'schema auth stays: it is not empty';
    end;
  end if;

  foreach candidate in array array['service_role', 'authenticated', 'anon'] loop
    if exists (
      select from pg_catalog.pg_roles
      where rolname = candidate and shobj_description(oid, 'pg_authid') = 'scenario-push: created'
    ) then
      begin
        execute format('drop role %I', candidate);
      exception
        when dependent_objects_still_exist or object_in_use then
          raise notice 'role % stays: this or another database uses it', candidate;
        when undefined_object or insufficient_privilege then
          null;
      end;
    end if;
  end loop;
end
$$;
