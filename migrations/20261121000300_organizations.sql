-- organizations: the timezone here is what turns an instant into a mentor's calendar date.
-- Created if missing, else adopted: missing columns are added, everything else stays as it is.
do $$
begin
  if scenario_push.table_is_missing('organizations') then
    create table if not exists public.organizations (
      id uuid primary key default gen_random_uuid(),
      name text,
      timezone text not null default 'Europe/Oslo'
    );
    perform scenario_push.created('organizations', 'Organisations, each in one timezone.');
  end if;
end
$$;

select scenario_push.need_column('organizations', 'id', 'uuid', 'default gen_random_uuid()');
select scenario_push.need_column('organizations', 'name', 'text');
select scenario_push.need_column('organizations', 'timezone', 'text', $$not null default 'Europe/Oslo'$$);
select scenario_push.need_unique('organizations', 'id');
