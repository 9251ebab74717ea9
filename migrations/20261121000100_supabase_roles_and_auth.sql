-- What the service expects of a Supabase project, made only where it is missing:
--   roles anon, authenticated, service_role (no log-in) and auth.uid(), the person signed in.
-- Whatever is made here carries the comment 'scenario-push: created', so that the down script knows it again.

-- Roles belong to the whole cluster: another database may be migrated at this very moment.
-- The loser waits for the winner's commit and then finds the role there.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin', wanted);
        -- The service's own row-level security must not stop the application's server.
        if wanted = 'service_role' and (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
          alter role service_role bypassrls;
        end if;
        execute format('comment on role %I is %L', wanted, 'scenario-push: created');
      exception when duplicate_object or unique_violation then
        null;
      end;
    end if;
  end loop;
end
$$;

do $$
begin
  if to_regnamespace('auth') is null then
    create schema if not exists auth;
    comment on schema auth is 'scenario-push: created';
    -- As in Supabase. It also ties the roles to this database: while one database of the cluster
    -- has this grant, the down script of another cannot drop them.
    grant usage on schema auth to anon, authenticated, service_role;
  end if;

  if to_regprocedure('auth.uid()') is null then
    -- PostgREST puts the verified token into request.jwt.claims; unset or empty means that nobody is signed in.
    create function auth.uid() returns uuid
      language sql
      stable
      parallel safe
      set search_path = ''
      as $uid$
        select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid
      $uid$;
    comment on function auth.uid() is 'scenario-push: created';
  end if;
end
$$;
